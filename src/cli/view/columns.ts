import { cut, padded, printable, printedWidth } from '../../formats/table/printable.ts'
import { titleAbove } from './title-above.ts'

/** A column of a list. */
export interface Column<Row> {
  readonly head: string
  readonly align: 'left' | 'right'
  /** May be any text; it is made safe for a terminal here. */
  cell(row: Row): string
  /** Whether it is left out on a narrow terminal: before any text is cut, or once texts are short. Of several the last goes first. */
  readonly leftOut?: 'early' | 'late'
  /** What it has in common with those beside it, which stands above all of them: `last minute`. */
  readonly group?: string
  /** Whether its texts are whole as long as there is another way to save room. */
  readonly isCutLast?: boolean
}

const gap = '  '
const short = 8
const shortest = 4

/** A list, line by line. */
export interface Aligned {
  /** What groups of columns have in common; empty where there is none, or no room for it. */
  readonly above: string
  readonly head: string
  readonly lines: readonly string[]
}

/**
 * Rows as a list with a head line, each column as wide as its widest cell. On a terminal of `width` columns, columns that may be
 * are left out and the widest texts are cut, until each line fits; numbers are never cut. Without a width nothing is.
 */
export function alignColumns<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | undefined,
): Aligned {
  const full = columns.map((column) => {
    const cells = [column.head, ...rows.map((row) => printable(column.cell(row)))]
    return { column, cells, width: Math.max(...cells.map(printedWidth)) }
  })
  let shown = full
  /** With names and other texts of at most so many columns each. */
  const isTooWide = (most = Infinity): boolean => {
    const widths = shown.map((each) => (isText(each.column) ? Math.min(each.width, most) : each.width))
    return width !== undefined && widths.reduce((sum, each) => sum + each + gap.length, -gap.length) > width
  }
  const leaveOut = (when: 'early' | 'late', most?: number): void => {
    while (isTooWide(most)) {
      const last = shown.findLastIndex(({ column }) => column.leftOut === when)
      if (last < 0) return
      shown = shown.toSpliced(last, 1)
    }
  }
  const cutWidest = (mayCut: (column: Column<Row>) => boolean): void => {
    while (isTooWide()) {
      const texts = shown.filter(({ column }) => column.align === 'left' && mayCut(column))
      const widest = Math.max(...texts.map((each) => each.width))
      if (widest <= shortest) return
      shown = shown.map((each) =>
        texts.includes(each) && each.width === widest ? { ...each, width: widest - 1 } : each,
      )
    }
  }
  leaveOut('early')
  leaveOut('late', short)
  cutWidest(isText)
  cutWidest(() => true)
  const [head = '', ...lines] = Array.from({ length: rows.length + 1 }, (_, i) => {
    const cells = shown.map(({ column, cells, width: room }) => place(cells[i] ?? '', room, column.align))
    return cells.join(gap).trimEnd()
  })
  return { above: aboveOf(shown.map(({ column, width }) => ({ group: column.group ?? '', width }))), head, lines }
}

function aboveOf(columns: readonly { readonly group: string; readonly width: number }[]): string {
  const spans: { readonly group: string; width: number }[] = []
  for (const { group, width } of columns) {
    const last = spans.at(-1)
    if (last !== undefined && last.group === group) last.width += gap.length + width
    else spans.push({ group, width })
  }
  return spans
    .map(({ group, width }) => titleAbove(group, width))
    .join(gap)
    .trimEnd()
}

function isText<Row>({ align, isCutLast }: Column<Row>): boolean {
  return align === 'left' && isCutLast !== true
}

function place(text: string, width: number, align: 'left' | 'right'): string {
  const fitting = cut(text, width)
  return align === 'left' ? padded(fitting, width) : ' '.repeat(Math.max(0, width - printedWidth(fitting))) + fitting
}
