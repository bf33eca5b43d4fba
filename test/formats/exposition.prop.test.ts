import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BucketsPerOctave } from 'plimsoll/formats'
import { formatOpenMetrics, formatPrometheus } from 'plimsoll/formats'
import type { Buckets, FamilySnapshot } from 'plimsoll/snapshot'
import { exponentialBound, isExplicit } from 'plimsoll/snapshot'
import { oddSnapshot } from '../support/arbitraries.ts'
import type { ParsedFamily } from '../support/prometheus-parser.ts'
import { parseExposition } from '../support/prometheus-parser.ts'

const perOctave = fc.constantFrom<BucketsPerOctave[]>(1, 2, 4, 8, 16, 32)
const formats = [
  { name: 'Prometheus', format: formatPrometheus, as: 'prometheus' },
  { name: 'OpenMetrics', format: formatOpenMetrics, as: 'openmetrics' },
] as const

for (const { name, format, as } of formats) {
  test(`the ${name} text of any names, helps and label values is legal, and all values come back`, () => {
    const property = fc.property(oddSnapshot, perOctave, (snapshot, bucketsPerOctave) => {
      const parsed = parseExposition(format(snapshot, { bucketsPerOctave }), as)
      const filled = snapshot.families.filter((family) => family.series.length > 0)
      assert.deepEqual(
        parsed.map((family) => valuesIn(family)),
        filled.map(valuesOf),
      )
      assert.deepEqual(
        parsed.map((family) => family.help),
        filled.map((family) => well(family.help)),
      )
    })
    fc.assert(property, { numRuns: 500 })
  })
}

/** Label values and number of each series, as they were recorded; of a distribution the count, of a text 1. */
function valuesOf(family: FamilySnapshot): unknown[] {
  if (family.kind === 'text') return family.series.map(({ labels, value }) => [[...Object.values(labels), value], 1])
  return family.series.map((series) => [Object.values(series.labels), 'value' in series ? series.value : series.count])
}

function valuesIn(family: ParsedFamily): unknown[] {
  const wanted = family.samples.filter(({ name, labels }) =>
    family.type === 'histogram' ? labels.le === '+Inf' : !name.endsWith('_created') || family.type === 'gauge',
  )
  return wanted.map(({ labels, value }) => {
    const { le, ...others } = labels
    return [Object.values(others).map(recorded), value]
  })
}

function recorded(value: string): string {
  return value.replace(/\ufffd(d[89a-f][0-9a-f]{2}|fffd)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

function well(text: string): string {
  return text.replace(/[\ud800-\udfff]/gu, '\ufffd').replace(/^$/, '')
}

test('Each bucket of the text counts exactly the recorded buckets that end at its bound or below', () => {
  const property = fc.property(oddSnapshot, perOctave, (snapshot, bucketsPerOctave) => {
    const parsed = parseExposition(formatPrometheus(snapshot, { bucketsPerOctave }), 'prometheus')
    const filled = snapshot.families.filter((family) => family.series.length > 0)
    for (const [i, family] of filled.entries()) {
      if (family.kind !== 'histogram' && family.kind !== 'timer') continue
      const samples = parsed[i]?.samples.filter(({ name }) => name.endsWith('_bucket')) ?? []
      const perSeries = samples.length / family.series.length
      const expected = samples.map(({ labels }, at) => {
        const series = family.series[Math.floor(at / perSeries)]
        return series === undefined ? -1 : countUpTo(series.buckets, Number(labels.le?.replace('+Inf', 'Infinity')))
      })
      assert.deepEqual(
        samples.map(({ value }) => value),
        expected,
      )
    }
  })
  fc.assert(property, { numRuns: 500 })
})

function countUpTo(buckets: Buckets, bound: number): number {
  const upper = (i: number): number => {
    return isExplicit(buckets)
      ? (buckets.bounds[i] ?? Infinity)
      : exponentialBound(buckets.offset + i + 1, buckets.scale)
  }
  const start = isExplicit(buckets) ? 0 : buckets.zero
  return buckets.counts.reduce((sum, n, i) => (upper(i) <= bound ? sum + n : sum), start)
}
