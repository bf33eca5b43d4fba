import type { Finding } from '../../findings/finding.ts'
import { findingLine, type Level, levelOf, levelOfFinding, markedState, marks } from '../../findings/levels.ts'
import { columnRules } from '../../findings/load.ts'
import { durationText } from '../../formats/table/durations.ts'
import { uptime } from '../../snapshot/page-state.ts'
import type { Style } from '../screen/styles.ts'
import { numberedName } from '../select/names.ts'
import { compactBytes, compactNumber, compactSeconds, percent } from './compact.ts'
import type { ListRow } from './list-rows.ts'

/** A column of the list of processes. */
export interface ListColumn {
  readonly head: string
  readonly align: 'left' | 'right'
  readonly width: number
  /** Columns with a high number are given up first on a narrow terminal, those with 0 never. */
  readonly dispensable: number
  /** Whether it has room for its texts before columns are given up. */
  readonly isWhole?: boolean
  text(row: ListRow, context: ListContext): string
  style?(row: ListRow): Style
}

/** What cells need beside their row. */
export interface ListContext {
  readonly time: number
  /** What the main thread of a process was found to be doing. */
  stack(row: ListRow): string | undefined
}

/** How each level looks here. */
const styles: Readonly<Record<Level, Style>> = { error: 'alarm', warning: 'warning', live: 'good', ended: 'dim' }

/** The state with its mark, and where a blocked process is, once that was asked for: `✖ blocked 4.2s in parse()`. */
export function stateText(row: ListRow, { time, stack }: ListContext): string {
  const { page, folded, findings } = row
  if (folded !== undefined) return `${marks[folded.level]} ${folded.states}`
  const where = page.state === 'blocked' ? stack(row) : undefined
  return `${markedState(page, time, findings)}${where === undefined ? '' : ` in ${where}`}`
}

/** The style of a process by the worst that is so about it. */
export function stateStyle({ page, folded, findings }: ListRow): Style {
  return styles[folded?.level ?? levelOf(page, findings)]
}

function processText({ page, folded }: Pick<ListRow, 'page' | 'folded'>): string {
  return folded === undefined ? numberedName(page) : '▸'
}

const number = (
  head: string,
  width: number,
  dispensable: number,
  value: (row: ListRow) => number | undefined,
  format: (value: number) => string,
  rules?: readonly string[],
): ListColumn => ({
  head,
  align: 'right',
  width,
  dispensable,
  text: (row) => {
    const shown = value(row)
    return shown === undefined ? '-' : format(shown)
  },
  ...(rules && { style: ({ findings }) => styleOf(findings.find(({ rule }) => rules.includes(rule))) }),
})

function styleOf(finding: Finding | undefined): Style {
  return finding === undefined ? 'plain' : styles[levelOfFinding(finding)]
}

/** All columns, in order. */
export const listColumns: readonly ListColumn[] = [
  { head: 'APP', align: 'left', width: 8, dispensable: 0, text: ({ page }) => page.app, style: () => 'bold' },
  { head: 'PROCESS', align: 'left', width: 8, dispensable: 0, isWhole: true, text: processText },
  { head: 'STATE', align: 'left', width: 14, dispensable: 0, isWhole: true, text: stateText, style: stateStyle },
  {
    head: 'UP',
    align: 'right',
    width: 6,
    dispensable: 5,
    text: ({ page }, { time }) => durationText(uptime(page, time)),
  },
  number('CPU', 5, 0, ({ cpu }) => cpu, percent),
  number('RSS', 5, 2, ({ rss }) => rss, compactBytes, columnRules.memory),
  number('HEAP', 5, 6, ({ heap }) => heap, compactBytes, columnRules.heapUsed),
  number('LOOP p99', 8, 1, ({ loopP99 }) => loopP99, compactSeconds, columnRules.loopDelay),
  number('UTIL', 5, 7, ({ utilization }) => utilization, percent, columnRules.loopUtilization),
  number('REQ/S', 6, 0, ({ requests }) => requests, compactNumber),
  number('P50 1m', 6, 8, ({ p50 }) => p50, compactSeconds),
  number('P99 1m', 6, 3, ({ p99 }) => p99, compactSeconds),
  number('ERR/S', 5, 4, ({ errors }) => errors, compactNumber, columnRules.errorRate),
]

/** The worst that is wrong with a process, as plimsoll doctor prints it, and for a blocked one the key that says where. */
export function worstOf(
  { page, folded, findings }: ListRow,
  stack: string | undefined,
  isChosen = true,
): string | undefined {
  const [worst] = findings
  if (worst === undefined || folded !== undefined) return undefined
  const line = findingLine(worst, `${page.app} ${processText({ page })}`)
  if (worst.rule !== 'blocked') return line
  return stack !== undefined ? `${line} in ${stack}` : isChosen ? `${line}; b: where` : line
}
