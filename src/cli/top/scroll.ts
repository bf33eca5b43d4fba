import type { TopState, View } from './state.ts'

/**
 * Draws as many of the lines as there is room for between the rows `top` and `bottom`, which is not drawn on, and scrolls so
 * that the chosen one is among them.
 */
export function drawScrolled<Row>(
  rows: readonly Row[],
  chosen: number,
  state: TopState,
  view: View,
  [top, bottom]: readonly [number, number],
  draw: (row: Row, y: number, isFirst: boolean) => void,
): void {
  const room = Math.max(0, bottom - top)
  const last = Math.max(0, rows.length - room)
  let first = Math.min(state.scroll[view], last)
  if (chosen < first) first = Math.max(0, chosen)
  if (chosen >= first + room) first = Math.min(last, chosen - room + 1)
  state.scroll[view] = first
  for (const [i, row] of rows.slice(first, first + room).entries()) draw(row, top + i, i === 0)
}
