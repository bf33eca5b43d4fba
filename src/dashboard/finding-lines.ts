import { folded } from '../findings/finding.ts'
import { byLevel, levelOfFinding, marks } from '../findings/levels.ts'
import type { FindingLine } from './browser/protocol.ts'
import type { ProcessHistory } from './history/process-history.ts'

/** What is wrong with some processes, the worst first, folded as `plimsoll doctor` has it. */
export function findingLines(processes: Iterable<ProcessHistory>): FindingLine[] {
  // The page of a finding is as old as the finding.
  const all = [...processes].flatMap(({ id, page, findings }) => findings.map((one) => ({ ...one, page, id })))
  return folded(byLevel(all)).map((finding) => {
    const { rule, text, advice, alike } = finding
    const level = levelOfFinding(finding)
    const { app } = finding.page
    return { app, rule, level, mark: marks[level], text, advice, processes: alike.map(({ id }) => id) }
  })
}
