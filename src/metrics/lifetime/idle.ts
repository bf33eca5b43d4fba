import { type Tick, tickSeconds } from '../../snapshot/kinds/rates.ts'
import type { FamilyDescription, Store } from '../../snapshot/store.ts'
import type { FamilyCells } from '../registry/family-cells.ts'
import type { Metric } from '../registry/metric.ts'
import type { Evicted } from './evicted.ts'

/** More time than this between two ticks is that of a process that stood still, in which nothing could be recorded. */
const maxTick = 2 * tickSeconds

interface Seen {
  /** A number that is another one after a record. */
  activity: number
  /** For how long it has been the same. */
  seconds: number
}

/** Finds the idle series of a family. Recording is not affected. */
export class IdleSeries<M extends Metric> {
  private readonly description: FamilyDescription
  private readonly expireAfterSeconds: number
  private readonly cells: FamilyCells<M>
  private readonly evicted: Evicted<M> | undefined
  private readonly seen = new Map<M, Seen>()

  /** `expireAfterSeconds` in seconds; none for gauges that only go at zero. */
  constructor(
    description: FamilyDescription,
    expireAfterSeconds: number | undefined,
    cells: FamilyCells<M>,
    evicted: Evicted<M> | undefined,
  ) {
    this.description = description
    this.expireAfterSeconds = expireAfterSeconds ?? Number.POSITIVE_INFINITY
    this.cells = cells
    this.evicted = evicted
  }

  /** Looks at a series, once a tick. Whether it is to go. */
  isOver(metric: M, { elapsed }: Tick): boolean {
    const activity = this.cells.activity(metric)
    const seen = this.seen.get(metric)
    const isUsed = metric.takeUse?.() === true || metric.isInUse === true
    if (seen === undefined || seen.activity !== activity || isUsed) {
      if (seen === undefined) this.seen.set(metric, { activity, seconds: 0 })
      else Object.assign(seen, { activity, seconds: 0 })
      return false
    }
    seen.seconds += Math.min(elapsed, maxTick)
    if (this.description.removeAtZero && activity === 0) return true
    return seen.seconds >= this.expireAfterSeconds
  }

  /** Removes series, in one step for readers; returns those that were removed, which are not all where there is no room. */
  release(over: readonly M[], store: Store, { now }: Tick): ReadonlySet<M> {
    const { evicted, cells } = this
    // A state that was kept shows a present, which is not that of the evicted series.
    const follows = evicted !== undefined && this.description.kind !== 'state'
    const gone = new Set(evicted?.evict(over, store, now, follows) ?? cells.removable(over))
    for (const metric of gone) {
      this.forget(metric)
      if (!follows) cells.detach(metric, 'announced', 'revive' in metric)
    }
    return gone
  }

  /** A series is gone. */
  forget(metric: M): void {
    this.seen.delete(metric)
  }
}
