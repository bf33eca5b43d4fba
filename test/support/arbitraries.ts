import fc from 'fast-check'
import type { DistributionSeries, FamilySnapshot, Labels, PageInfo, Snapshot, TextSeries } from 'plimsoll/snapshot'

/** Any text at all: all of Unicode, line feeds, quotes, lone surrogates. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\\', '"', '\n', '\ud800', '\udfff', '\ufffd', 'd800', 'a', '}', ',', '=') }),
)

const plainObjects = { noNullPrototype: true } as const

const name = fc.oneof(
  anyText,
  fc
    .array(fc.constantFrom('web', 'x', 'total', 'count', 'sum', 'seconds', '2'), { minLength: 1, maxLength: 4 })
    .chain((parts) => fc.constantFrom('.', '/', '_', '-').map((joint) => parts.join(joint))),
)
const unit = fc.oneof(fc.constantFrom('', 's', 'By', '1', '%', 'ms', '{request}/s'), anyText)
const labelName = fc.oneof(
  fc.constantFrom('a', 'b', 'le', 'quantile', '_a', 'constructor', 'toString'),
  fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,5}$/),
)
const count = fc.oneof(fc.constant(0), fc.nat(1000))

/** Exponential buckets of a scale in -3..6, or explicit ones, over values of an ordinary size. */
export function distribution(labels: Labels, bounds?: readonly number[]): fc.Arbitrary<DistributionSeries> {
  const buckets =
    bounds === undefined
      ? fc.record(
          {
            scale: fc.integer({ min: -3, max: 6 }),
            zero: count,
            offset: fc.integer({ min: -90, max: 90 }),
            counts: fc.array(count, { maxLength: 40 }),
          },
          plainObjects,
        )
      : fc
          .array(count, { minLength: bounds.length + 1, maxLength: bounds.length + 1 })
          .map((counts) => ({ bounds, counts }))
  const extremes = fc.tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1e6, noNaN: true }))
  return fc.tuple(buckets, fc.integer({ min: 0, max: 1_000_000 }), extremes).map(([given, sum, [a, b]]) => {
    const total = given.counts.reduce((n, one) => n + one, 'zero' in given ? given.zero : 0)
    if (total === 0) return { labels, count: 0, sum: 0, buckets: given }
    return { labels, count: total, sum, min: Math.min(a, b), max: Math.max(a, b), buckets: given }
  })
}

const bounds = fc
  .uniqueArray(fc.integer({ min: -5, max: 100 }), { maxLength: 5 })
  .map((list) => list.sort((a, b) => a - b))
const number = fc.double({ min: -1e300, max: 1e300, noNaN: true }).map((x) => x + 0)

function labelSets(labelNames: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<Labels[]> {
  const one = fc.tuple(...labelNames.map(() => value)).map((values) => {
    return Object.fromEntries(labelNames.map((label, i) => [label, values[i] ?? '']))
  })
  const overflow = fc.boolean().map((there) => (there && labelNames.length > 0 ? [{ overflow: 'true' }] : []))
  const sets = fc.uniqueArray(one, { maxLength: 4, selector: (labels) => JSON.stringify(Object.values(labels)) })
  return fc.tuple(sets, overflow).map(([list, last]) => [...list, ...last])
}

/** One text or several different ones under the same labels. */
function texts(labels: Labels, value: fc.Arbitrary<string>): fc.Arbitrary<TextSeries[]> {
  const one = fc.record({ labels: fc.constant(labels), value, processes: fc.integer({ min: 1, max: 9 }) }, plainObjects)
  return fc.uniqueArray(one, { minLength: 1, maxLength: 3, selector: (series) => series.value })
}

function withSeries(
  head: { name: string; unit: string; help: string; labelNames: string[] },
  value: fc.Arbitrary<string>,
) {
  return labelSets(head.labelNames, value).chain((sets): fc.Arbitrary<FamilySnapshot> => {
    const each = <T>(make: (labels: Labels) => fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.tuple(...sets.map(make))
    return fc.oneof(
      each((labels) => fc.nat().map((n) => ({ labels, value: n }))).map((series) => ({
        ...head,
        kind: 'counter' as const,
        series,
      })),
      fc
        .tuple(
          each((labels) =>
            fc.record(
              { labels: fc.constant(labels), value: number, processes: fc.integer({ min: 1, max: 9 }) },
              plainObjects,
            ),
          ),
          fc.constantFrom('sum', 'min', 'max', 'mean'),
        )
        .map(([series, aggregation]) => ({
          ...head,
          kind: 'gauge' as const,
          aggregation: aggregation as 'sum',
          series,
        })),
      fc
        .tuple(fc.option(bounds, { nil: undefined }), fc.constantFrom('histogram', 'timer'))
        .chain(([given, kind]) =>
          each((labels) => distribution(labels, given)).map((series) => ({ ...head, kind: kind as 'timer', series })),
        ),
      each((labels) => texts(labels, value)).map((series) => ({
        ...head,
        kind: 'text' as const,
        series: series.flat(),
      })),
    )
  })
}

const page: fc.Arbitrary<PageInfo> = fc.record(
  {
    file: fc.option(anyText),
    pid: fc.nat(),
    tid: fc.nat(9),
    app: anyText,
    host: anyText,
    startedAt: fc.double({ min: 0, max: 2e9, noNaN: true }).map((x) => x + 0),
    state: fc.constantFrom('live', 'exited', 'folded'),
    heartbeatAge: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }).map((x) => x + 0)),
  },
  plainObjects,
)

function snapshotOf(families: fc.Arbitrary<FamilySnapshot>, pages: fc.Arbitrary<PageInfo[]>): fc.Arbitrary<Snapshot> {
  return fc.record(
    {
      version: fc.constant(1 as const),
      takenAt: fc.integer({ min: 1, max: 2_000_000_000 }),
      pages,
      families: fc
        .uniqueArray(families, { maxLength: 5, selector: (family) => family.name })
        .map((list) => list.sort((a, b) => (a.name < b.name ? -1 : 1))),
    },
    plainObjects,
  )
}

/** A snapshot in which every text is as odd as text can be. */
export const oddSnapshot: fc.Arbitrary<Snapshot> = snapshotOf(
  fc
    .record({ name, unit, help: anyText, labelNames: fc.uniqueArray(labelName, { maxLength: 3 }) }, plainObjects)
    .chain((head) => withSeries(head, anyText)),
  fc.array(page, { maxLength: 3 }),
)

/** Snapshots whose families and series meet often, with at least one page each. */
export const meetingSnapshot: fc.Arbitrary<Snapshot> = snapshotOf(
  fc
    .record(
      {
        name: fc.constantFrom('a', 'b', 'c'),
        unit: fc.constantFrom('', 's'),
        help: fc.constant(''),
        labelNames: fc.constantFrom<string[][]>(['x'], ['x', 'y'], ['y', 'x'], []),
      },
      plainObjects,
    )
    .chain((head) => withSeries(head, fc.constantFrom('1', '2', '12', ''))),
  fc.array(page, { minLength: 1, maxLength: 2 }),
)
