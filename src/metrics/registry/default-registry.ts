import type { Average } from '../kinds/average.ts'
import type { Counter } from '../kinds/counter.ts'
import type { Gauge } from '../kinds/gauge.ts'
import type { Histogram } from '../kinds/histogram.ts'
import type { Info } from '../kinds/info.ts'
import type { Meter } from '../kinds/meter.ts'
import type { Text } from '../kinds/text.ts'
import type { Timer } from '../kinds/timer.ts'
import type { Declare, NamedKind } from './declare.ts'
import type {
  AverageOptions,
  CounterOptions,
  FamilyOptions,
  GaugeOptions,
  HistogramOptions,
  InfoOptions,
  LabelledGaugeOptions,
  TextOptions,
  TimerOptions,
} from './definition.ts'
import type { Family } from './family.ts'
import type { LabelValue } from './label-values.ts'
import type { Metric } from './metric.ts'
import { Registry } from './registry.ts'
import { showAs } from './shown.ts'
import {
  type DeclareOrTemplate,
  type DeclareOrTemplateInfo,
  type DeclareOrTemplateState,
  Template,
} from './template.ts'

/** Found by every copy of this package in the process, so that a bundler's double and the original count together. */
const key = Symbol.for('plimsoll.registry.1')
const shared = globalThis as { [key]?: Registry }

showAs(Registry, (registry) => registry.read())

/** The registry behind `counter()`, `gauge()`, `histogram()`, `timer()` and the other kinds: one a thread. */
export const defaultRegistry: Registry = shared[key] ?? new Registry()
shared[key] = defaultRegistry

/** Declares a counter in the default registry, or finds it: `counter('mails.sent').inc()`. Without a name: a template. */
export const counter: DeclareOrTemplate<CounterOptions, Counter> = declarer('counter')
/** Declares a gauge in the default registry, or finds it: `gauge('queue.length').set(3)`. Without a name: a template. */
export const gauge: DeclareOrTemplate<GaugeOptions, Gauge, LabelledGaugeOptions> = declarer('gauge')
/** Declares a histogram in the default registry, or finds it: `histogram('mails.size', { unit: 'By' }).record(1024)`. Without a name: a template. */
export const histogram: DeclareOrTemplate<HistogramOptions, Histogram> = declarer('histogram')
/** Declares a timer in the default registry, or finds it: `timer('db.query').time(() => query())`. Without a name: a template. */
export const timer: DeclareOrTemplate<TimerOptions, Timer> = declarer('timer')
/** Declares a meter in the default registry, or finds it: `meter('mails.sent').mark()`. Without a name: a template. */
export const meter: DeclareOrTemplate<FamilyOptions, Meter> = declarer('meter')
/** Declares an average in the default registry, or finds it: `average('batch.size').record(17)`. Without a name: a template. */
export const average: DeclareOrTemplate<AverageOptions, Average> = declarer('average')
/** Declares a state in the default registry, or finds it: `state('worker', { states: ['idle', 'busy'] }).set('busy')`. Without a name: a template. */
export const state: DeclareOrTemplateState = declarer('state') as DeclareOrTemplateState
/** Declares a text in the default registry, or finds it: `text('last.error').set(error.message)`. Without a name: a template. */
export const text: DeclareOrTemplate<TextOptions, Text> = declarer('text')
/** Declares constants of this process in the default registry: `info('build', { version: '1.2.0' })`. Without a name: a template. */
export const info: DeclareOrTemplateInfo = ((...given: unknown[]): Info | Template<Info> => {
  if (!isOptions(given[0])) return defaultRegistry.info(...(given as Parameters<Registry['info']>))
  const [constants, options = {}] = given as [Readonly<Record<string, LabelValue>>, InfoOptions?]
  return new Template('info', options, constants)
}) as DeclareOrTemplateInfo

function declarer<O, M extends Metric>(kind: NamedKind): DeclareOrTemplate<O, M> {
  const declare = (name?: unknown, options?: object): Template<Metric> | Metric | Family<Metric> => {
    if (isOptions(name)) return new Template(kind, name ?? {})
    // By its public method: the registry may be that of another copy of this package, and of another version.
    const { [kind]: declareIt } = defaultRegistry as unknown as Record<NamedKind, Declare<object, Metric>>
    return declareIt(name as string, options)
  }
  return declare as DeclareOrTemplate<O, M>
}

/** Whether this stands where a name does, but is none. What is neither is refused as a name. */
function isOptions(given: unknown): given is object | undefined {
  return given === undefined || (typeof given === 'object' && given !== null)
}
