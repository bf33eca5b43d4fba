import type { Info } from '../kinds/info.ts'
import type { Declarers } from './declare.ts'
import type { InfoOptions } from './definition.ts'
import type { LabelValue } from './label-values.ts'
import { Registry } from './registry.ts'
import { showAs } from './shown.ts'

/** Found by every copy of this package in the process, so that a bundler's double and the original count together. */
const key = Symbol.for('plimsoll.registry.1')
const shared = globalThis as { [key]?: Registry }

showAs(Registry, (registry) => registry.read())

/** The registry behind `counter()`, `gauge()`, `histogram()`, `timer()` and the other kinds: one a thread. */
export const defaultRegistry: Registry = shared[key] ?? new Registry()
shared[key] = defaultRegistry

/** Declares a counter in the default registry, or finds it: `counter('mails.sent').inc()`. */
export const counter: Declarers['counter'] = defaultRegistry.counter
/** Declares a gauge in the default registry, or finds it: `gauge('queue.length').set(3)`. */
export const gauge: Declarers['gauge'] = defaultRegistry.gauge
/** Declares a histogram in the default registry, or finds it: `histogram('mails.size', { unit: 'By' }).record(1024)`. */
export const histogram: Declarers['histogram'] = defaultRegistry.histogram
/** Declares a timer in the default registry, or finds it: `timer('db.query').time(() => query())`. */
export const timer: Declarers['timer'] = defaultRegistry.timer
/** Declares a meter in the default registry, or finds it: `meter('mails.sent').mark()`. */
export const meter: Declarers['meter'] = defaultRegistry.meter
/** Declares an average in the default registry, or finds it: `average('batch.size').record(17)`. */
export const average: Declarers['average'] = defaultRegistry.average
/** Declares a state in the default registry, or finds it: `state('worker', { states: ['idle', 'busy'] }).set('busy')`. */
export const state: Declarers['state'] = defaultRegistry.state
/** Declares a text in the default registry, or finds it: `text('last.error').set(error.message)`. */
export const text: Declarers['text'] = defaultRegistry.text
/** Declares constants of this process in the default registry: `info('build', { version: '1.2.0' })`. */
export const info: (name: string, constants: Readonly<Record<string, LabelValue>>, options?: InfoOptions) => Info = (
  ...given
) => defaultRegistry.info(...given)
