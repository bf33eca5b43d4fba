import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawChart, roundAbove } from '#src/cli/screen/chart.ts'
import { Screen } from '#src/cli/screen/screen.ts'

function linesOf(values: readonly number[], width: number, height: number): string[] {
  const screen = new Screen(width, height)
  const axes = { format: String, thousand: 1000, interval: 1, now: '12:00:00' } as const
  drawChart(screen, [{ values, style: 'series1' }], { x: 0, y: 0, width, height }, axes)
  return Array.from({ length: height }, (_, y) =>
    screen.texts
      .slice(y * width, (y + 1) * width)
      .join('')
      .trimEnd(),
  )
}

test('a chart has round values at its left, and below it how long ago that was', () => {
  const lines = linesOf(
    Array.from({ length: 60 }, (_, i) => i / 2),
    80,
    10,
  )
  assert.deepEqual(
    lines.map((line) => line.slice(0, 11).trim()).filter((label) => label.includes('┤')),
    ['30 ┤', '15 ┤', '0 ┤'],
  )
  assert.match(lines[9] ?? '', /-30s {2,}-10s {2,}12:00:00$/)
  // The value of ten seconds ago is above the end of its label.
  assert.ok((lines[9] ?? '').indexOf('-10s') > 60)
})

test('a chart that is narrow or low draws what there is room for', () => {
  for (const [width, height] of [
    [12, 3],
    [20, 2],
    [5, 5],
    [40, 1],
  ] as const)
    assert.equal(linesOf([1, 2, 3], width, height).length, height)
})

test('the value at the top is round, of bytes as well, and so is half of it', () => {
  const mebi = 2 ** 20
  const cases = [
    [0, 1000, 0],
    [0.191, 1000, 0.2],
    [7, 1000, 8],
    [1000, 1000, 1000],
    [4321, 1000, 5000],
    [160 * mebi, 1024, 200 * mebi],
    [1024, 1024, 1024],
    [900 * mebi, 1024, 1000 * mebi],
  ] as const
  for (const [value, thousand, top] of cases)
    assert.ok(Math.abs(roundAbove(value, thousand) - top) < 1e-9 * top + 1e-12)
})
