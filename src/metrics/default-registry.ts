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
