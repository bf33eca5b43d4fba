import { levelOf } from '../../findings/levels.ts'
import { countStates } from '../../snapshot/page-state.ts'
import { sparkline } from '../screen/glyphs.ts'
import type { Screen } from '../screen/screen.ts'
import type { Style } from '../screen/styles.ts'
import type { Frame, History } from './history.ts'
import { type ListColumn, type ListContext, listColumns, stateStyle, worstOf } from './list-columns.ts'
import type { ListRow } from './list-rows.ts'
import { drawScrolled } from './scroll.ts'
import type { TopState } from './state.ts'

const gap = 2
const widestApp = 24
const widestState = 46
const narrowestTrend = 10
const widestTrend = 60

/** The columns that become as wide as their texts, in the order in which they do. */
const flexible: readonly string[] = ['STATE', 'APP', 'PROCESS']

interface Placed {
  readonly column: ListColumn
  readonly x: number
  readonly width: number
  /** Of all rows, where they are known already. */
  readonly texts: readonly string[] | undefined
}

/** The line that is chosen: the one with the key, else the first. */
export function selectedRow(rows: readonly ListRow[], { selected }: TopState): ListRow | undefined {
  return rows.find(({ key }) => key === selected.list) ?? rows[0]
}

/** The numbers of processes by state: `2 apps, 3 live, 1 blocked`. */
export function listSummary({ rows }: Frame): string {
  const apps = new Set(rows.map(({ page }) => page.app)).size
  const count = `${apps} ${apps === 1 ? 'app' : 'apps'}`
  return apps === 0 ? count : `${count}: ${countStates(rows.map(({ page }) => page))}`
}

/** Draws the list of processes between the lines `top` and `bottom`. */
export function drawList(
  screen: Screen,
  rows: readonly ListRow[],
  frame: Frame,
  state: TopState,
  history: History,
  at: number,
  [top, bottom]: readonly [number, number],
): void {
  const context: ListContext = { time: frame.time, stack: ({ key }) => state.stacks.get(key) }
  const { placed, trend } = layOut(rows, context, screen.columns)
  for (const { column, x, width } of placed) {
    if (column.align === 'left') screen.put(x, top, column.head, 'head', width)
    else screen.putRight(x + width, top, column.head, 'head', width)
  }
  if (trend !== undefined) screen.put(trend.x, top, 'CPU', 'head')
  const chosen = selectedRow(rows, state)
  let app: string | undefined
  drawScrolled(rows, rows.indexOf(chosen as ListRow), state, 'list', [top + 1, bottom], (row, y, number) => {
    const isSelected = row === chosen
    if (isSelected) screen.fill(0, y, screen.columns, 'selected')
    for (const place of placed) {
      // The app stands once, above the others of its processes.
      const isRepeated = place.column.head === 'APP' && !isSelected && app === row.page.app && state.sort === 'app'
      if (!isRepeated) drawCell(screen, place, y, row, place.texts?.[number], context, isSelected)
    }
    app = row.page.app
    if (trend === undefined) return
    const values = history.ofRow(row.key, at, trend.width, ({ cpu }) => cpu)
    screen.put(trend.x, y, sparkline(values, trend.width), isSelected ? 'selected' : 'accent')
  })
  if (chosen === undefined) return
  // What is wrong elsewhere is not missed while a process is chosen that is well.
  const about = isWell(chosen) ? (rows.find((row) => !isWell(row)) ?? chosen) : chosen
  const worst = worstOf(about, state.stacks.get(about.key), about === chosen)
  const more = about === chosen && about.page.state === 'killed' ? '; enter: its last metrics' : ''
  if (worst !== undefined) screen.put(1, bottom, `${worst}${more}`, stateStyle(about), screen.columns - 2)
}

function isWell({ page, findings, folded }: ListRow): boolean {
  return folded !== undefined || findings.length === 0 || levelOf(page, findings) === 'ended'
}

function drawCell(
  screen: Screen,
  { column, x, width }: Placed,
  y: number,
  row: ListRow,
  known: string | undefined,
  context: ListContext,
  isSelected: boolean,
): void {
  const whole = known ?? column.text(row, context)
  // Where there is no room for where it is blocked, the line below has it.
  const text = whole.length > width ? column.text(row, { ...context, stack: () => undefined }) : whole
  const own: Style = column.style?.(row) ?? (text === '-' ? 'dim' : 'plain')
  const isTrouble = own === 'alarm' || own === 'warning'
  const style = isSelected ? (isTrouble ? 'selectedAlarm' : 'selected') : own
  if (column.align === 'left') screen.put(x, y, text, style, width)
  else screen.putRight(x + width, y, text, style, width)
}

function widestOf({ head }: ListColumn): number {
  return head === 'STATE' ? widestState : widestApp
}

function widthOf(columns: readonly ListColumn[]): number {
  return columns.reduce((sum, { width }) => sum + width + gap, 1 - gap)
}

/** Those that there is room for, with room for what is not to be cut, apart from where a process is blocked. */
function columnsWithRoom(rows: readonly ListRow[], context: ListContext, columns: number): readonly ListColumn[] {
  const bare: ListContext = { ...context, stack: () => undefined }
  const longest = (column: ListColumn): number =>
    rows.reduce((most, row) => Math.max(most, column.text(row, bare).length), column.width)
  let shown = listColumns.map((one) => (one.isWhole ? { ...one, width: Math.min(longest(one), widestOf(one)) } : one))
  for (let most = 9; most > 0 && widthOf(shown) > columns; most--) {
    shown = shown.filter(({ dispensable }) => dispensable !== most)
  }
  return widthOf(shown) <= columns ? shown : listColumns.filter(({ dispensable }) => dispensable === 0)
}

/** What has room: columns are given up, then the first ones become as wide as their texts, and what is left shows a trend. */
function layOut(
  rows: readonly ListRow[],
  context: ListContext,
  columns: number,
): { placed: Placed[]; trend: { x: number; width: number } | undefined } {
  const shown = columnsWithRoom(rows, context, columns)
  let left = columns - widthOf(shown)
  const widths = new Map<string, number>()
  const known = new Map<string, readonly string[]>()
  for (const head of flexible) {
    const column = shown.find((one) => one.head === head) as ListColumn
    const texts = rows.map((row) => column.text(row, context))
    known.set(head, texts)
    const longest = texts.reduce((most, text) => Math.max(most, text.length), column.width)
    const more = Math.max(0, Math.min(left, Math.min(longest, widestOf(column)) - column.width))
    widths.set(head, column.width + more)
    left -= more
  }
  let x = 1
  const placed = shown.map((column) => {
    const width = widths.get(column.head) ?? column.width
    const place = { column, x, width, texts: known.get(column.head) }
    x += width + gap
    return place
  })
  const width = Math.min(widestTrend, columns - x - 1)
  return { placed, trend: width >= narrowestTrend ? { x, width } : undefined }
}
