import { cut, padded, printable, printedWidth } from '../../formats/table/printable.ts'

/** A column of a list. */
export interface Column<Row> {
  readonly head: string
  readonly align: 'left' | 'right'
  /** May be any text; it is made safe for a terminal here. */
  cell(row: Row): string
  /** Given up on a narrow terminal before any text is cut, the last such column first. */
  readonly dispensable?: boolean
}

const gap = '  '
const narrowest = 4

/**
 * Rows as a list with a head line, each column as wide as its widest cell. On a terminal of `width` columns, dispensable
 * columns are left out, the last first, and then the widest texts are cut, until each line fits; without a width nothing is left out.
 */
export function alignColumns<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | undefined,
): string[] {
  const full = columns.map((column) => {
    const cells = [column.head, ...rows.map((row) => printable(column.cell(row)))]
    return { column, cells, width: Math.max(...cells.map(printedWidth)) }
  })
  let shown = full
  const total = (): number => shown.reduce((sum, each) => sum + each.width + gap.length, -gap.length)
  while (width !== undefined && total() > width) {
    const last = shown.findLastIndex(({ column }) => column.dispensable === true)
    if (last < 0) break
    shown = shown.toSpliced(last, 1)
  }
  while (width !== undefined && total() > width) {
    const left = shown.filter(({ column }) => column.align === 'left')
    const widest = Math.max(...left.map((each) => each.width))
    if (widest <= narrowest) break
    shown = shown.map((each) =>
      each.column.align === 'left' && each.width === widest ? { ...each, width: widest - 1 } : each,
    )
  }
  return Array.from({ length: rows.length + 1 }, (_, i) => {
    const cells = shown.map(({ column, cells, width: room }) => place(cells[i] ?? '', room, column.align))
    return cells.join(gap).trimEnd()
  })
}

function place(text: string, width: number, align: 'left' | 'right'): string {
  const fitting = cut(text, width)
  return align === 'left' ? padded(fitting, width) : ' '.repeat(Math.max(0, width - printedWidth(fitting))) + fitting
}
