import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Attributes, type Meter, ValueType } from '@opentelemetry/api'
import {
  AggregationType,
  createAllowListAttributesProcessor,
  type ExponentialHistogram,
  type Histogram,
  MetricReader,
  type ResourceMetrics,
  MeterProvider as SdkMeterProvider,
  type ViewOptions as SdkViewOptions,
} from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { MeterProvider, PlimsollMetricProducer } from 'plimsoll/opentelemetry'
import { createTestRegistry } from 'plimsoll/testing'
import { collectDiagnostics } from './diagnostics.ts'

collectDiagnostics()

class Reader extends MetricReader {
  override async onShutdown(): Promise<void> {}
  override async onForceFlush(): Promise<void> {}
}

const kinds = [
  'Counter',
  'UpDownCounter',
  'Gauge',
  'Histogram',
  'ObservableCounter',
  'ObservableUpDownCounter',
  'ObservableGauge',
] as const
type Kind = (typeof kinds)[number]

interface Instrument {
  readonly kind: Kind
  readonly number: number
  readonly meter: number
  readonly isInt: boolean
  readonly bounds: readonly number[] | undefined
}

type Step = { readonly at: number; readonly value: unknown; readonly attributes: Attributes | undefined } | 'collect'

interface Program {
  readonly instruments: readonly Instrument[]
  readonly steps: readonly Step[]
  readonly views: readonly SdkViewOptions[]
}

// Quarters add up without rounding, in whatever order.
const quarter = fc.integer({ min: -4000, max: 400_000 }).map((n) => n / 4)
const value = fc.oneof(
  { weight: 12, arbitrary: quarter },
  { weight: 1, arbitrary: fc.constantFrom<unknown>('3', null, undefined, {}) },
)
// No two of the values have the same text.
const attribute = fc.constantFrom<Attributes[string]>(
  'a',
  'b',
  'c d',
  'ü"\\',
  1,
  2.5,
  -3,
  true,
  false,
  ['x'],
  ['x', 'y'],
  [7],
  'long'.repeat(50),
)
const keys = ['to', 'http.route', 'status_code', 'a', 'b']
const attributes = fc.option(fc.dictionary(fc.constantFrom(...keys), attribute, { maxKeys: 4 }), { nil: undefined })

const instrument: fc.Arbitrary<Instrument> = fc.record({
  kind: fc.constantFrom(...kinds),
  number: fc.integer({ min: 0, max: 2 }),
  meter: fc.integer({ min: 0, max: 1 }),
  isInt: fc.boolean(),
  bounds: fc.option(fc.uniqueArray(fc.integer({ min: -5, max: 90_000 }), { maxLength: 20 }), { nil: undefined }),
})

const aggregation = fc.constantFrom(
  undefined,
  { type: AggregationType.DROP } as const,
  { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [10, 100, 1000] } } as const,
  { type: AggregationType.SUM } as const,
  { type: AggregationType.LAST_VALUE } as const,
)

const view: fc.Arbitrary<SdkViewOptions> = fc
  .record({
    at: fc.nat(),
    kind: fc.constantFrom('counter', 'updowncounter', 'gauge', 'histogram'),
    renamed: fc.boolean(),
    kept: fc.option(fc.subarray(keys), { nil: undefined }),
    aggregation,
  })
  .map(({ at, kind, renamed, kept, aggregation: given }) => ({
    instrumentName: `shop.${kind}.${at % 3}${at % 2 ? '.int' : ''}`,
    ...(renamed && { name: `renamed.${at}.${kind}.${given?.type}` }),
    ...(kept && { attributesProcessors: [createAllowListAttributesProcessor(kept)] }),
    ...(given && { aggregation: given as NonNullable<SdkViewOptions['aggregation']> }),
  }))

const program: fc.Arbitrary<Program> = fc.record({
  instruments: fc.array(instrument, { minLength: 1, maxLength: 6 }),
  steps: fc.array(
    fc.oneof(
      { weight: 15, arbitrary: fc.record({ at: fc.nat({ max: 20 }), value, attributes }) },
      { weight: 1, arbitrary: fc.constant('collect' as const) },
    ),
    { maxLength: 40 },
  ),
  // Two views that make streams of one name conflict with each other.
  views: fc.uniqueArray(view, { maxLength: 3, selector: ({ instrumentName }) => instrumentName }),
})

/** The same name always stands for the same kind and type of values: others conflict, and are recorded beside each other. */
function nameOf({ kind, number, isInt }: Instrument): string {
  return `shop.${kind.toLowerCase()}.${number}${isInt ? '.int' : ''}`
}

interface Run {
  readonly step: (at: number, value: unknown, attributes: Attributes | undefined) => void
}

/** Creates the instruments of a program with one provider. */
function begin({ instruments }: Program, meterOf: (number: number) => Meter): Run {
  const bounds = new Map<string, readonly number[] | undefined>()
  const observedOf = new Map<string, Map<string, { value: number; attributes: Attributes | undefined }>>()
  const records = instruments.map((one) => {
    const { kind, meter, isInt } = one
    const name = nameOf(one)
    // The first advice of a name holds for all meters here, as one family has one list of bounds.
    if (!bounds.has(name)) bounds.set(name, one.bounds)
    const advised = bounds.get(name)
    const options = {
      unit: 's',
      valueType: isInt ? ValueType.INT : ValueType.DOUBLE,
      ...(advised && { advice: { explicitBucketBoundaries: [...advised] } }),
    }
    const created = meterOf(meter)[`create${kind}`](name, options)
    if (!('addCallback' in created)) {
      return (given: unknown, attributes: Attributes | undefined): void => {
        if ('add' in created) created.add(given as number, attributes)
        else created.record(given as number, attributes)
      }
    }
    // What was observed last for each set of attributes, which for counters only rises. An instrument has one callback, as what
    // several observe of one series is undefined.
    const key = JSON.stringify([meter, name])
    const observed = observedOf.get(key) ?? new Map<string, { value: number; attributes: Attributes | undefined }>()
    if (!observedOf.has(key)) {
      created.addCallback((result) => {
        for (const { value: given, attributes: its } of observed.values()) result.observe(given, its)
      })
    }
    observedOf.set(key, observed)
    return (given: unknown, attributes: Attributes | undefined): void => {
      const of = JSON.stringify(Object.entries(attributes ?? {}).sort())
      if (typeof given !== 'number' || (kind === 'ObservableCounter' && given < 0)) return
      const before = observed.get(of)?.value ?? 0
      observed.set(of, { value: kind === 'ObservableCounter' ? Math.max(before, given) : given, attributes })
    }
  })
  return { step: (at, given, its) => records[at % records.length]?.(given, its) }
}

/**
 * All points by scope, name and attributes, with the type of their metric, as plimsoll can have them: attributes as texts. The
 * overflow series has no scope here; the SDK has no sum where values may be negative; averages have no extremes.
 */
function pointsOf({ scopeMetrics }: Pick<ResourceMetrics, 'scopeMetrics'>): Map<string, unknown> {
  const points = new Map<string, unknown>()
  for (const { scope, metrics } of scopeMetrics) {
    for (const metric of metrics) {
      const { descriptor, dataPoints, dataPointType } = metric
      const type = [dataPointType, 'isMonotonic' in metric && metric.isMonotonic]
      const name = [descriptor.name, descriptor.unit]
      if (descriptor.name.startsWith('plimsoll.')) continue
      for (const { attributes, value: its } of dataPoints) {
        const texts = Object.entries(attributes).map(([key, one]) => [
          key,
          Array.isArray(one) ? JSON.stringify(one) : `${one}`,
        ])
        const isOverflow = Object.hasOwn(attributes, 'otel.metric.overflow')
        const key = isOverflow ? [...name, 'overflow'] : [scope.name, scope.version, ...name, texts.sort()]
        points.set(JSON.stringify(key), [type, comparable(its, /down|gauge/.test(descriptor.name))])
      }
    }
  }
  return points
}

function comparable(its: number | Histogram | ExponentialHistogram, mayFall: boolean): unknown {
  // Neither is -0.
  if (typeof its === 'number') return its + 0
  const { count, sum, min, max } = its
  if (!('buckets' in its)) return { count }
  const { boundaries, counts } = its.buckets
  return boundaries.length === 0 ? { count, sum } : { count, boundaries, counts, min, max, ...(!mayFall && { sum }) }
}

async function bothRun(
  given: Program,
  steps: readonly Step[],
): Promise<[ours: Map<string, unknown>, theirs: Map<string, unknown>]> {
  const { registry } = createTestRegistry()
  const views = [...given.views]
  const provider = new MeterProvider({ registry, views, histograms: 'explicit' })
  const reader = new Reader()
  const sdk = new SdkMeterProvider({ readers: [reader], views })
  const ours = begin(given, (number) => provider.getMeter(`meter ${number}`, '1'))
  const theirs = begin(given, (number) => sdk.getMeter(`meter ${number}`, '1'))
  const producer = new PlimsollMetricProducer(registry)
  const collect = async (): Promise<[Map<string, unknown>, Map<string, unknown>]> => {
    await provider.forceFlush()
    const own = await producer.collect()
    assert.deepEqual(own.errors, [])
    const { resourceMetrics } = await reader.collect()
    return [pointsOf(own.resourceMetrics as unknown as ResourceMetrics), pointsOf(resourceMetrics)]
  }
  for (const step of steps) {
    if (step === 'collect') assert.deepEqual(...(await collect()))
    else for (const run of [ours, theirs]) run.step(step.at, step.value, step.attributes)
  }
  return collect()
}

test('500 programs count the same as with the SDK of OpenTelemetry', async () => {
  let points = 0
  const check = async (given: Program): Promise<void> => {
    const [ours, theirs] = await bothRun(given, given.steps)
    assert.deepEqual(ours, theirs)
    points += ours.size
  }
  await fc.assert(fc.asyncProperty(program, check), { numRuns: 500 })
  assert.ok(points > 1000, `only ${points} points were compared`)
})

test('The same with a limit of series', async () => {
  const limit = fc.integer({ min: 2, max: 5 })
  const limited = async (given: Program, aggregationCardinalityLimit: number): Promise<void> => {
    const synchronous = given.instruments.filter(({ kind }) => !kind.startsWith('Observable'))
    fc.pre(synchronous.length > 0)
    const views = [{ instrumentName: '*', aggregationCardinalityLimit }]
    const meters = synchronous.map((one) => ({ ...one, meter: 0 }))
    const steps = given.steps.filter((step) => step !== 'collect')
    const [ours, theirs] = await bothRun({ ...given, views, instruments: meters }, steps)
    assert.deepEqual(ours, theirs)
  }
  await fc.assert(fc.asyncProperty(program, limit, limited), { numRuns: 60 })
})
