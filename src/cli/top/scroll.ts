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
  draw: (row: Row, y: number, number: number) => void,
): void {
  const room = Math.max(0, bottom - top)
  const last = Math.max(0, rows.length - room)
  let first = Math.min(state.scroll[view], last)
  if (chosen < first) first = Math.max(0, chosen)
  if (chosen >= first + room) first = Math.min(last, chosen - room + 1)
  state.scroll[view] = first
  for (let i = first; i < Math.min(rows.length, first + room); i++) draw(rows[i] as Row, top + i - first, i)
}
