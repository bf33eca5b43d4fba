import type { Clock } from '../clock.ts'
import { renewals, type Tick, tickSeconds } from '../snapshot/rates.ts'

/** Differences below this are the inaccuracy of clocks, not a jump. */
const leastJump = 1

/** Measures the time between ticks. */
export class TickClock {
  private readonly clock: Clock
  private readonly madeAt: number
  private tickedAt: number
  private unixTime: number

  constructor(clock: Clock) {
    this.clock = clock
    this.madeAt = clock.now()
    this.tickedAt = this.madeAt
    this.unixTime = clock.unixTime()
  }

  next(): Tick {
    const time = this.clock.now()
    const now = this.clock.unixTime()
    const elapsed = Math.max(0, time - this.tickedAt) / 1000
    const difference = now - this.unixTime - elapsed
    const jump = Math.abs(difference) < leastJump ? 0 : difference
    const begun = now - Math.max(0, time - this.madeAt) / 1000
    this.tickedAt = time
    this.unixTime = now
    return { now, elapsed, jump, begun, renewals: renewals(elapsed) }
  }
}

/** Ticks from now on, without keeping the process or what ticks alive; the interval ends with what ticks. */
export function startTicking(what: { tick(): void }): void {
  const held = new WeakRef(what)
  const interval = setInterval(() => {
    const alive = held.deref()
    if (alive === undefined) clearInterval(interval)
    else alive.tick()
  }, tickSeconds * 1000)
  interval.unref()
}
