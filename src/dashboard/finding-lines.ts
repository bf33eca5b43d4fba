import { folded } from '../findings/finding.ts'
import { byLevel, levelOfFinding, marks } from '../findings/levels.ts'
import { isAlive } from '../snapshot/page-state.ts'
import type { FindingLine } from './browser/protocol.ts'
import type { ProcessHistory } from './history/process-history.ts'
import type { DatedFinding } from './process-findings.ts'

/**
 * What is wrong with some processes, folded as `plimsoll doctor` has it: the worst first, and of one level what is wrong with
 * those that run before what those had that have ended.
 */
export function findingLines(
  processes: Iterable<ProcessHistory>,
  findingsOf: (process: ProcessHistory) => readonly DatedFinding[] = ({ findings }) => findings,
): FindingLine[] {
  // The page of a finding is as old as the finding.
  const all = [...processes].flatMap((process) =>
    findingsOf(process).map((one) => ({ ...one, page: process.page, id: process.id })),
  )
  all.sort((a, b) => Number(isAlive(b.page)) - Number(isAlive(a.page)))
  return folded(byLevel(all)).map((finding) => {
    const { rule, text, advice, alike } = finding
    const level = levelOfFinding(finding)
    const { app } = finding.page
    const [first = finding] = alike.toSorted((a, b) => (a.since ?? Infinity) - (b.since ?? Infinity))
    return {
      app,
      rule,
      level,
      mark: marks[level],
      text,
      advice,
      processes: alike.map(({ id }) => id),
      ...(isAlive(finding.page) && first.since !== undefined && { since: first.since }),
      ...(first.orBefore && { orBefore: true }),
    }
  })
}
