import { bySeverity, type Finding } from '../../findings/finding.ts'
import { levelOf } from '../../findings/levels.ts'
import type { PageInfo } from '../../snapshot/snapshot.ts'

/** What is known of a process that is listed. */
interface Listed {
  readonly page: PageInfo
  readonly findings: readonly Finding[]
}

/**
 * What one does next about processes that are listed: about the worst of them, and about `targets`, the apps and processes that
 * were asked for. `recorded`: the recording that they are of.
 */
export function nextSteps(rows: readonly Listed[], targets: readonly string[], recorded: string | undefined): string[] {
  const command = (name: string, ...words: readonly (string | number | undefined)[]): string =>
    ['plimsoll', name, ...words, ...(recorded === undefined ? [] : ['--file', recorded])].join(' ')
  const [worst] = bySeverity(rows.flatMap(({ findings }) => findings)).filter(({ severity }) => severity !== 'note')
  const isWrong = ({ page, findings }: Listed): boolean => ['error', 'warning'].includes(levelOf(page, findings))
  const killed = rows.find(({ page }) => page.state === 'killed')
  const pid = worst?.page?.pid
  const steps: string[] = []
  if (rows.filter(isWrong).length > 1)
    steps.push(`${command('doctor', ...targets)}: all that is wrong, and what to do about it.`)
  else if (worst?.rule === 'blocked' && recorded === undefined)
    steps.push(`${command('stack', pid)}: the calls that it is in.`)
  else if (worst !== undefined) steps.push(`${command('doctor', pid)}: what is wrong with it, and what to do.`)
  else if (killed !== undefined) steps.push(`${command('show', killed.page.pid)}: what it was doing.`)
  if (targets.length > 0 || steps.length === 0) {
    const shown = targets.length > 0 ? targets : [rows[0]?.page.app]
    steps.push(`${command('show', ...shown)}: ${shown.length > 1 ? 'their' : 'its'} metrics.`)
  }
  return steps
}
