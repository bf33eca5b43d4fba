import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentText, misses, summarize } from '../../bench/report.ts'

const round = (bare: number, own: number) => ({
  title: 'Counter',
  unit: 'ns',
  note: 'One call.',
  reference: 'bare',
  bars: [{ contender: 'own', text: 'within 1.15 x bare', most: 1.15, times: 'bare' }],
  figures: { bare, own },
})
const machine = {
  node: '20.0.0',
  v8: '11',
  processor: 'P',
  cores: 2,
  system: 'Linux',
  packages: { plimsoll: '1.0.0' },
  rounds: 3,
}

test('a ratio is the median of those of each round, so that a slow round does not count', () => {
  const table = summarize('counter', [round(2, 2.2), round(20, 22), round(2, 8)])
  assert.deepEqual(table.rows, [
    { contender: 'bare', median: 2, least: 2, most: 20, ratio: 1 },
    { contender: 'own', median: 8, least: 2.2, most: 22, ratio: 1.1, bar: 'within 1.15 x bare', passed: true },
  ])
})

test('a bar that is missed is told with what was reached', () => {
  const tables = [summarize('counter', [round(2, 3)])]
  assert.deepEqual(misses(tables), ['Counter: own takes 3.00 ns, the bar is within 1.15 x bare'])
})

test('the document shows each table with figures, ratios and bars', () => {
  const document = documentText([summarize('counter', [round(2, 3)])], machine)
  assert.equal(
    document.slice(document.indexOf('## Counter')),
    [
      '## Counter',
      '',
      'One call.',
      '',
      '|      |   ns | least to most | x bare | bar                |      |',
      '|------|-----:|--------------:|-------:|--------------------|------|',
      '| bare | 2.00 |  2.00 to 2.00 |   1.00 |                    |      |',
      '| own  | 3.00 |  3.00 to 3.00 |   1.50 | within 1.15 x bare | MISS |',
      '',
    ].join('\n'),
  )
})
