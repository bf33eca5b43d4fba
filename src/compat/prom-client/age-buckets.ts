import { type Extremes, noExtremes, type Spread, since, widen } from './quantiles.ts'

/** What a window is computed from: what there was when it began, and the extremes since. */
interface Start extends Extremes {
  readonly spread: Spread
}

/** The values of the last `maxAgeSeconds`, forgotten in so many steps. */
export class AgeBuckets {
  private readonly stepMs: number
  /** Windows that began one after the other; the first is the oldest, the one to read. */
  private readonly starts: Start[]
  private steppedAt: number

  constructor(maxAgeSeconds: number, ageBuckets: number) {
    this.stepMs = (maxAgeSeconds * 1000) / ageBuckets
    this.starts = Array.from({ length: ageBuckets }, () => ({ ...noExtremes(), spread: new Map() }))
    this.steppedAt = Date.now()
  }

  /**
   * Begins windows whose time has come; to be called before a value is recorded, and before values are read. It reads the clock
   * each time: the ticks of a registry are 5 seconds apart, and a step may be shorter, so values would go to a wrong window.
   */
  step(spreadNow: () => Spread): void {
    let steps = 0
    while (Date.now() - this.steppedAt > this.stepMs) {
      this.steppedAt += this.stepMs
      steps++
    }
    if (steps === 0) return
    const spread = spreadNow()
    for (let i = 0; i < Math.min(steps, this.starts.length); i++) {
      this.starts.shift()
      this.starts.push({ ...noExtremes(), spread })
    }
  }

  /** Notes a value that is recorded now. */
  note(value: number): void {
    for (const start of this.starts) widen(start, value)
  }

  /** The values of the window, and their extremes. */
  read(spread: Spread): readonly [Spread, Extremes] {
    const [oldest] = this.starts as [Start]
    return [since(spread, oldest.spread), oldest]
  }
}
