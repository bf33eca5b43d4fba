import type { Finding, Severity } from '../../findings/finding.ts'
import { durationText } from '../../formats/table/durations.ts'
import type { PageInfo } from '../../snapshot/snapshot.ts'

/** Marks that are read without colour, too. */
export const marks: Readonly<Record<Severity, string>> = { error: '✖', warning: '▲', note: '·' }

/** The text in the colour of a severity: red, yellow, or as it is. */
export function paint(text: string, severity: Severity): string {
  if (severity === 'note') return text
  return `\u001b[${severity === 'error' ? 31 : 33}m${text}\u001b[39m`
}

/** How bad it is; `undefined` where nothing is wrong. A process that was killed is, whether or not it is known why. */
export function severityOf({ state }: PageInfo, findings: readonly Finding[]): Severity | undefined {
  const worst = findings.find(({ severity }) => severity !== 'note')?.severity
  return worst ?? (state === 'killed' ? 'warning' : undefined)
}

/** The state with its mark. */
export function marked(text: string, page: PageInfo, findings: readonly Finding[]): string {
  const severity = severityOf(page, findings)
  return severity === undefined ? text : `${marks[severity]} ${text}`
}

/** The state, and since when: `blocked 4.2s`, `killed 45s ago`. */
export function stateText({ state, heartbeatAge }: PageInfo): string {
  if (state === 'live' || heartbeatAge === null) return state
  const time = durationText(heartbeatAge)
  return state === 'blocked' ? `${state} ${time}` : `${state} ${time} ago`
}
