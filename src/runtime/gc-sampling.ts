/** What records durations in seconds. */
interface Durations {
  record(seconds: number): void
}

/** Of which only differences mean anything. */
export interface Moment {
  readonly ms: number
  /** How long the event loop was busy. */
  readonly activeMs: number
}

/** With more garbage collections in a second, only about so many are observed. */
const maxPerSecond = 20
/** How much of a second is observed at least. */
const minWindowMs = 10

/**
 * Which part of each second is observed, by how many garbage collections there were in the second before; those of the rest
 * of the second are taken to be like the observed ones.
 */
export class GcSampling<T extends Durations> {
  /** What was observed since the last second. */
  private readonly seen: { readonly durations: T; readonly seconds: number }[] = []
  private begunAt: Moment
  private pausedAt: Moment | undefined
  /** Collections that are still to be recorded for the time that was not observed: a part of one is kept for the next second. */
  private owed = 0

  constructor(now: Moment) {
    this.begunAt = now
  }

  get isPaused(): boolean {
    return this.pausedAt !== undefined
  }

  record(durations: T, seconds: number): void {
    durations.record(seconds)
    this.seen.push({ durations, seconds })
  }

  /** Nothing more is observed of this second. */
  pause(now: Moment): void {
    this.pausedAt = now
  }

  /**
   * Ends a second, and records what of it was not observed. Returns how many milliseconds of the next one are to be observed;
   * `undefined` for all of it.
   */
  pass(now: Moment): number | undefined {
    const { begunAt, pausedAt = now, seen } = this
    // An idle event loop collects nothing.
    const times = Math.max(1, now.activeMs - begunAt.activeMs) / Math.max(1, pausedAt.activeMs - begunAt.activeMs)
    for (const { durations, seconds } of seen) {
      for (this.owed += times - 1; this.owed >= 1; this.owed--) durations.record(seconds)
    }
    const rate = (seen.length * 1000) / Math.max(1, pausedAt.ms - begunAt.ms)
    seen.length = 0
    this.begunAt = now
    this.pausedAt = undefined
    return rate > maxPerSecond ? Math.max(minWindowMs, (maxPerSecond * 1000) / rate) : undefined
  }
}
