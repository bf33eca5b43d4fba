import { Registry } from './registry.ts'

/** Found by every copy of this package in the process, so that a bundler's double and the original count together. */
const key = Symbol.for('plimsoll.registry.1')
const shared = globalThis as { [key]?: Registry }

/** The registry behind `counter()`, `gauge()`, `histogram()` and `timer()`: one a thread. */
export const defaultRegistry: Registry = shared[key] ?? new Registry()
shared[key] = defaultRegistry

/** Declares a counter in the default registry, or finds it: `counter('mails.sent').inc()`. */
export const counter: Registry['counter'] = defaultRegistry.counter
/** Declares a gauge in the default registry, or finds it: `gauge('queue.length').set(3)`. */
export const gauge: Registry['gauge'] = defaultRegistry.gauge
/** Declares a histogram in the default registry, or finds it: `histogram('mails.size', { unit: 'By' }).record(1024)`. */
export const histogram: Registry['histogram'] = defaultRegistry.histogram
/** Declares a timer in the default registry, or finds it: `timer('db.query').time(() => query())`. */
export const timer: Registry['timer'] = defaultRegistry.timer
/** Declares a meter in the default registry, or finds it: `meter('mails.sent').mark()`. */
export const meter: Registry['meter'] = defaultRegistry.meter
/** Declares an average in the default registry, or finds it: `average('batch.size').record(17)`. */
export const average: Registry['average'] = defaultRegistry.average
/** Declares a state in the default registry, or finds it: `state('worker', { states: ['idle', 'busy'] }).set('busy')`. */
export const state: Registry['state'] = defaultRegistry.state
/** Declares a text in the default registry, or finds it: `text('last.error').set(error.message)`. */
export const text: Registry['text'] = defaultRegistry.text
/** Declares constants of this process in the default registry: `info('build', { version: '1.2.0' })`. */
export const info: Registry['info'] = (name, constants, options) => defaultRegistry.info(name, constants, options)
