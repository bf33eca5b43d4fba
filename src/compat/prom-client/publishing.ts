import { Schedule } from '../../schedule.ts'
import { publishDefault } from '../publish-default.ts'

/** A metric with a function that brings its values up to date. */
interface Collected {
  readonly collect: unknown
  readonly collectedAt: number
  readonly store: { countFailure(): void }
  runCollect(): unknown
}

/** So often, where nothing else asks for the values. A snapshot of a page calls no function of the app. */
const collectEveryMs = 15_000
/** The first time is so long after a metric was made: until then an app has, as a rule, made what its functions use. */
const collectFirstMs = 1000

const metrics = new Set<WeakRef<Collected>>()
const pending = new WeakSet<Collected>()
let isNoted = false
let hasBegun = false
let isAwaited = false

/** Notes a metric: the first one has the default registry published, and `collect` functions called now and then. */
export function noteMetric(metric: Collected): void {
  metrics.add(new WeakRef(metric))
  if (hasBegun && metric.collect !== undefined) collectSoon()
  if (isNoted) return
  isNoted = true
  // Not before the app has had its turn: its own `publish()` may have options.
  setImmediate(publishNow)
}

/** Publishes the default registry, where that is wanted, and has `collect` functions called from then on. */
export function publishNow(): void {
  if (hasBegun || !publishDefault()) return
  hasBegun = true
  new Schedule(collectAll, { intervalMs: collectEveryMs, onChange: () => {} })
  collectSoon()
}

/** So that the page has values of metrics that were just made. */
function collectSoon(): void {
  if (isAwaited) return
  isAwaited = true
  setTimeout(() => {
    isAwaited = false
    collectAll()
  }, collectFirstMs).unref()
}

/** Calls `collect` of each metric that nobody has read for that long. What it throws is counted, as that of an observer is. */
export function collectAll(): void {
  const before = performance.now() - collectEveryMs / 2
  for (const reference of metrics) {
    const metric = reference.deref()
    if (metric === undefined) metrics.delete(reference)
    else if (metric.collect !== undefined && metric.collectedAt < before) collectOne(metric)
  }
}

function collectOne(metric: Collected): void {
  const { store } = metric
  // It is still running.
  if (pending.has(metric)) {
    store.countFailure()
    return
  }
  try {
    const collected = metric.runCollect()
    if (!(collected instanceof Promise)) return
    pending.add(metric)
    const end = (): boolean => pending.delete(metric)
    collected.then(end, () => end() && store.countFailure())
  } catch {
    store.countFailure()
  }
}
