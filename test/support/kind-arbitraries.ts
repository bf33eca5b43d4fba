import fc from 'fast-check'
import type {
  AverageSeries,
  Buckets,
  DistributionSeries,
  Exemplar,
  Extremes,
  FamilySnapshot,
  GaugeSeries,
  Labels,
  Rates,
  Recent,
  StateSeries,
  TextSeries,
  Windows,
} from 'plimsoll/snapshot'
import { totalCount } from 'plimsoll/snapshot'

const plainObjects = { noNullPrototype: true } as const
const count = fc.oneof(fc.constant(0), fc.nat(1000))
const number = fc.double({ min: -1e300, max: 1e300, noNaN: true }).map((x) => x + 0)
const amount = fc.double({ min: 0, max: 1e6, noNaN: true }).map((x) => x + 0)
const processes = fc.integer({ min: 1, max: 9 })
/** Few, so that some are the same. */
const time = fc.integer({ min: 1_790_000_000, max: 1_790_000_003 })

/** A field that may be missing. */
function maybe<Key extends string, T>(key: Key, value: fc.Arbitrary<T>): fc.Arbitrary<{ [Name in Key]?: T }> {
  return fc.option(value).map((given) => (given === null ? {} : { [key]: given }) as { [Name in Key]?: T })
}

function windows<T>(of: fc.Arbitrary<T>): fc.Arbitrary<Windows<T>> {
  return fc.tuple(maybe('1m', of), maybe('5m', of)).map(([one, five]) => ({ ...one, ...five }))
}

const rates: fc.Arbitrary<Rates> = fc.record({ mean: amount, m1: amount, m5: amount, m15: amount }, plainObjects)
const extremes: fc.Arbitrary<Extremes> = fc
  .tuple(amount, number, number)
  .map(([seconds, a, b]) => ({ seconds, min: Math.min(a, b), max: Math.max(a, b) }))

function exemplar(text: fc.Arbitrary<string>, value: fc.Arbitrary<number>): fc.Arbitrary<Exemplar> {
  const labels = fc.oneof(
    fc.constant({}),
    text.map((id) => ({ trace_id: id })),
  )
  return fc.record({ labels, value, time }, plainObjects)
}

const bounds = fc
  .uniqueArray(fc.integer({ min: -5, max: 100 }), { maxLength: 5 })
  .map((list) => list.sort((a, b) => a - b))

/** Exponential buckets of a scale in -3..6, or explicit ones. */
function buckets(given: readonly number[] | undefined): fc.Arbitrary<Buckets> {
  if (given !== undefined) {
    const counts = fc.array(count, { minLength: given.length + 1, maxLength: given.length + 1 })
    return counts.map((each) => ({ bounds: given, counts: each }))
  }
  return fc.record(
    {
      scale: fc.integer({ min: -3, max: 6 }),
      zero: count,
      offset: fc.integer({ min: -90, max: 90 }),
      counts: fc.array(count, { maxLength: 40 }),
    },
    plainObjects,
  )
}

function recent(given: readonly number[] | undefined): fc.Arbitrary<Recent> {
  return fc.tuple(amount, fc.nat(), buckets(given)).map(([seconds, sum, each]) => {
    const total = totalCount(each)
    return { seconds, count: total, sum: total === 0 ? 0 : sum, buckets: each }
  })
}

/** At most one for each octave. */
function exemplars(text: fc.Arbitrary<string>): fc.Arbitrary<Exemplar[]> {
  const value = fc.oneof(
    fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    fc.integer({ min: -20, max: 20 }).map((exponent) => 2 ** exponent),
  )
  const octave = ({ value: of }: Exemplar): number => Math.ceil(Math.log2(of))
  return fc
    .uniqueArray(exemplar(text, value), { maxLength: 4, selector: octave })
    .map((list) => list.sort((a, b) => a.value - b.value))
}

/** A distribution over values of an ordinary size. */
export function distribution(
  labels: Labels,
  given?: readonly number[],
  text: fc.Arbitrary<string> = fc.constant('x'),
): fc.Arbitrary<DistributionSeries> {
  const more = fc.tuple(
    maybe('rates', rates),
    maybe('recent', windows(recent(given))),
    maybe('exemplars', given === undefined ? exemplars(text) : fc.constant<Exemplar[]>([])),
  )
  return fc
    .tuple(
      buckets(given),
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.tuple(amount, amount),
      maybe('last', amount),
      more,
    )
    .map(([own, sum, [a, b], last, [often, lately, examples]]) => {
      const total = totalCount(own)
      if (total === 0) return { labels, count: 0, sum: 0, buckets: own, ...often, ...lately }
      const ends = { min: Math.min(a, b), max: Math.max(a, b) }
      return { labels, count: total, sum, ...ends, buckets: own, ...last, ...often, ...lately, ...examples }
    })
}

function average(labels: Labels, withWindow: boolean): fc.Arbitrary<AverageSeries> {
  const pair = fc.tuple(count, amount).map(([n, sum]) => ({ count: n, sum: n === 0 ? 0 : sum }))
  const covered = fc.tuple(pair, maybe('seconds', amount)).map(([both, seconds]) => ({ ...both, ...seconds }))
  const window = withWindow ? maybe('window', covered) : fc.constant({})
  return fc.tuple(pair, window).map(([own, lately]) => ({ labels, ...own, ...lately }))
}

/** The state that most processes are in, as a merge would have it. */
function state(labels: Labels, states: readonly string[]): fc.Arbitrary<StateSeries> {
  const each = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.tuple(...states.map(() => value))
  return fc.tuple(each(amount), each(fc.nat(3)), fc.nat(9)).map(([seconds, counts, users]) => {
    const most = Math.max(0, ...counts)
    return {
      labels,
      value: most === 0 ? null : (states[counts.indexOf(most)] ?? null),
      seconds: Object.fromEntries(states.map((name, i) => [name, seconds[i] ?? 0])),
      processes: Object.fromEntries(states.map((name, i) => [name, counts[i] ?? 0] as const).filter(([, n]) => n > 0)),
      users,
    }
  })
}

/** One text or several different ones under the same labels. */
function texts(labels: Labels, value: fc.Arbitrary<string>): fc.Arbitrary<TextSeries[]> {
  const one = fc.record({ labels: fc.constant(labels), value, processes }, plainObjects)
  return fc.uniqueArray(one, { minLength: 1, maxLength: 3, selector: (series) => series.value })
}

type KindAndSeries = { readonly [F in FamilySnapshot as F['kind']]: Omit<F, 'name' | 'unit' | 'help' | 'labelNames'> }

type Kinds = Readonly<Record<string, fc.Arbitrary<KindAndSeries[keyof KindAndSeries]>>>

const aggregations = ['sum', 'min', 'max', 'mean', 'last', 'process'] as const

/** Families of these names are always of one kind, so that those of several snapshots meet. */
export const kindNames: readonly string[] = [
  ...aggregations,
  'counter',
  'meter',
  'exponential',
  'explicit',
  'average',
  'state',
  'text',
  'info',
]

/**
 * A kind with all that only it has, and a series for each set of labels; `text` is what texts are made of. The kind is
 * that which the name of the family means, any for other names.
 */
export function kindAndSeries(
  sets: readonly Labels[],
  text: fc.Arbitrary<string>,
  name: string,
): fc.Arbitrary<KindAndSeries[keyof KindAndSeries]> {
  const kinds = kindsOf(sets, text)
  return kindNames.includes(name) ? (kinds[name] as Kinds[string]) : fc.oneof(...Object.values(kinds))
}

function kindsOf(sets: readonly Labels[], text: fc.Arbitrary<string>): Kinds {
  const each = <T>(make: (labels: Labels) => fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.tuple(...sets.map(make))
  const as = <K, S>(kind: K, series: fc.Arbitrary<S[]>): fc.Arbitrary<{ kind: K; series: S[] }> => {
    return series.map((list) => ({ kind, series: list }))
  }
  const counter = (labels: Labels) =>
    fc
      .tuple(fc.nat(), maybe('exemplars', fc.array(exemplar(text, amount), { maxLength: 1 })))
      .map(([value, examples]) => ({ labels, value, ...examples }))
  const meter = (labels: Labels) =>
    fc.tuple(fc.nat(), maybe('rates', rates)).map(([value, often]) => ({ labels, value, ...often }))
  const distributions = (given: readonly number[] | undefined): fc.Arbitrary<KindAndSeries['timer']> =>
    fc.constantFrom('histogram' as const, 'timer' as const).chain((kind) =>
      as(
        kind,
        each((labels) => distribution(labels, given, text)),
      ),
    )
  const overs = fc.constantFrom({}, { over: { values: 100 } }, { over: { seconds: 60 } })
  const averages = (over: object) =>
    as(
      'average' as const,
      each((labels) => average(labels, 'over' in over)),
    )
  const states = fc.oneof(fc.constant(['idle', 'busy']), fc.uniqueArray(text, { minLength: 1, maxLength: 3 }))
  return {
    ...Object.fromEntries(aggregations.map((aggregation) => [aggregation, gauges(sets, aggregation)])),
    counter: as('counter' as const, each(counter)),
    meter: as('meter' as const, each(meter)),
    exponential: distributions(undefined),
    explicit: bounds.chain(distributions),
    average: overs.chain((over) => averages(over).map((own) => ({ ...own, ...over }))),
    state: states.chain((list) =>
      as(
        'state' as const,
        each((labels) => state(labels, list)),
      ).map((own) => ({ ...own, states: list })),
    ),
    text: as(
      'text' as const,
      each((labels) => texts(labels, text)).map((list) => list.flat()),
    ),
    info: as(
      'info' as const,
      each((labels) => processes.map((n) => ({ labels, processes: n }))),
    ),
  }
}

function gauges(
  sets: readonly Labels[],
  aggregation: (typeof aggregations)[number],
): fc.Arbitrary<KindAndSeries['gauge']> {
  const types = fc.constantFrom(
    {},
    { type: 'int' as const },
    { type: 'bool' as const },
    ...(aggregation === 'sum' ? [{ upDownCounter: true as const }] : []),
  )
  return types.chain((type) => {
    const value: fc.Arbitrary<number> = 'type' in type ? (type.type === 'bool' ? fc.nat(1) : fc.integer()) : number
    const setAt = aggregation === 'last' ? maybe('setAt', time) : fc.constant({})
    const one = (labels: Labels): fc.Arbitrary<GaugeSeries> =>
      fc
        .tuple(value, processes, maybe('extremes', windows(extremes)), setAt)
        .map(([n, many, range, at]) => ({ labels, value: n, processes: many, ...at, ...range }))
    return fc.tuple(...sets.map(one)).map((series) => ({ kind: 'gauge', aggregation, ...type, series }))
  })
}
