import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BucketsPerOctave, LeftOut } from 'plimsoll/formats'
import { formatOpenMetrics, formatPrometheus } from 'plimsoll/formats'
import type { Buckets, DistributionFamilySnapshot, FamilySnapshot, Labels, StateSeries } from 'plimsoll/snapshot'
import { exponentialBound, isExplicit } from 'plimsoll/snapshot'
import { oddSnapshot } from '../../support/arbitraries.ts'
import type { ParsedFamily } from '../../support/prometheus-parser.ts'
import { parseExposition } from '../../support/prometheus-parser.ts'

const perOctave = fc.constantFrom<BucketsPerOctave[]>(1, 2, 4, 8, 16, 32)
const formats = [
  { name: 'Prometheus', format: formatPrometheus, as: 'prometheus' },
  { name: 'OpenMetrics', format: formatOpenMetrics, as: 'openmetrics' },
] as const

for (const { name, format, as } of formats) {
  test(`the ${name} text of any names, helps and label values is legal, and all values come back`, () => {
    const property = fc.property(oddSnapshot, perOctave, (snapshot, bucketsPerOctave) => {
      const leftOut = new Set<string>()
      const options = { bucketsPerOctave, created: true, onLeftOut: ({ name }: LeftOut) => leftOut.add(name) }
      const parsed = parseExposition(format(snapshot, options), as)
      assert.deepEqual(
        parsed.map((family) => ({ help: family.help, values: valuesIn(family) })),
        snapshot.families
          .filter(({ name }) => !leftOut.has(name))
          .flatMap(exposed)
          .filter(({ values }) => values.length > 0),
      )
      assert.ok(leftOut.size === 0 || leftOut.size < snapshot.families.length)
    })
    fc.assert(property, { numRuns: 200 })
  })
}

interface Exposed {
  readonly help: string
  readonly values: readonly (readonly [labelValues: readonly string[], value: number])[]
}

/** What of a family must come back, family by family: label values and number of each line; of a distribution the count. */
function exposed(family: FamilySnapshot): Exposed[] {
  const head = well(family.help)
  const group = (values: Exposed['values'], remark?: string): Exposed => {
    return { help: head === '' || remark === undefined ? head : `${head} (${remark})`, values }
  }
  const of = ({ labels }: { labels: Labels }, ...more: string[]): string[] => [...Object.values(labels), ...more]
  switch (family.kind) {
    case 'counter':
    case 'meter':
      return [group(family.series.map((one) => [of(one), one.value]))]
    case 'histogram':
    case 'timer':
    case 'average':
      return [group(family.series.map((one) => [of(one), one.count]))]
    case 'text':
      return [group(family.series.map((one) => [of(one, one.value), 1]))]
    case 'info':
      return [group(family.series.map((one) => [of(one), 1]))]
    case 'gauge': {
      const extremes = (which: 'min' | 'max'): Exposed['values'] =>
        family.series.flatMap((one) =>
          Object.entries(one.extremes ?? {}).map(([name, window]) => [of(one, name), window[which]] as const),
        )
      return [
        group(family.series.map((one) => [of(one), one.value])),
        group(extremes('min'), 'smallest in the window'),
        group(extremes('max'), 'largest in the window'),
      ]
    }
    case 'state': {
      const each = (value: (one: StateSeries, state: string) => number | undefined): Exposed['values'] =>
        family.series.flatMap((one) => family.states.map((state) => [of(one, state), value(one, state) ?? 0] as const))
      return [
        group(each(({ processes }, state) => (Object.hasOwn(processes, state) ? 1 : 0))),
        group(
          each(({ processes }, state) => Object.entries(processes).find(([name]) => name === state)?.[1]),
          'processes in each state',
        ),
        group(
          each(({ seconds }, state) => seconds[state]),
          'time in each state',
        ),
        group(
          family.series.map((one) => [of(one), one.users]),
          'holders of the state',
        ),
      ]
    }
    default:
      return family satisfies never
  }
}

function valuesIn({ name, type, samples }: ParsedFamily): Exposed['values'] {
  const wanted = samples.filter((sample) => {
    if (type === 'histogram') return sample.labels.le === '+Inf'
    if (type === 'summary') return sample.name === `${name}_count`
    return type !== 'counter' || sample.name.endsWith('_total')
  })
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
    const leftOut = new Set<string>()
    const options = { bucketsPerOctave, onLeftOut: ({ name }: LeftOut) => leftOut.add(name) }
    const parsed = parseExposition(formatPrometheus(snapshot, options), 'prometheus')
    const histograms = parsed.filter(({ type }) => type === 'histogram')
    const distributions = snapshot.families.filter(
      ({ kind, name, series }) => (kind === 'histogram' || kind === 'timer') && series.length > 0 && !leftOut.has(name),
    ) as DistributionFamilySnapshot[]
    for (const [i, family] of distributions.entries()) {
      const samples = histograms[i]?.samples.filter(({ name }) => name.endsWith('_bucket')) ?? []
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
  fc.assert(property, { numRuns: 200 })
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
