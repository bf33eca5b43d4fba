import type { Clock } from '../../clock.ts'
import { sharedFirstMs } from '../../schedule.ts'
import { renewals, type Tick, tickSeconds } from '../../snapshot/kinds/rates.ts'
import { minClockChange, type ReadTime } from '../../snapshot/read-time.ts'

/** A tick does so much at a time, and then lets the event loop go on for as long: it delays nothing else by more. */
const sliceMs = 1

/** Number of series that are updated between two reads of the clock. */
export const tickedTogether = 32

class RunningTick implements Tick {
  now: number
  readonly before: number
  readonly elapsed: number
  readonly begun: number
  private known: { readonly seconds: number; readonly renewals: readonly number[] } | undefined

  constructor(now: number, before: number, begun: number) {
    this.now = now
    this.before = before
    this.elapsed = Math.max(0, now - before)
    this.begun = begun
  }

  renewals(seconds: number): readonly number[] {
    if (this.known?.seconds !== seconds) this.known = { seconds, renewals: renewals(seconds) }
    return this.known.renewals
  }
}

/** Brings what there is up to date: a little between two yields. */
export type TickWork = (time: Tick) => Iterator<unknown>

/** The ticks of a registry, each at once or in slices. */
export class Ticks {
  readonly clock: Clock
  private readonly work: TickWork
  /** When the registry was made, and when the last tick began; in seconds. */
  private readonly begun: number
  private last: number
  private offset: number
  private underWay: { readonly time: RunningTick; readonly work: Iterator<unknown> } | undefined
  private isRunning = false

  constructor(clock: Clock, work: TickWork) {
    this.clock = clock
    this.work = work
    this.begun = clock.now() / 1000
    this.last = this.begun
    this.offset = clock.unixTime() - this.begun
  }

  /** Now, for reading. */
  presentTime(): ReadTime {
    const now = this.clock.now() / 1000
    const offset = this.clock.unixTime() - now
    if (Math.abs(offset - this.offset) > minClockChange) this.offset = offset
    return { now, end: now, offset: this.offset }
  }

  /** A whole tick, behind the rest of one that is under way. A function of the app that this one calls begins no other. */
  runWhole(): void {
    if (this.isRunning) return
    this.run(Number.POSITIVE_INFINITY)
    this.begin()
    this.run(Number.POSITIVE_INFINITY)
  }

  /** Begins one, unless one is under way still: then the next one is the longer. */
  begin(): void {
    if (this.underWay !== undefined) return
    const now = this.clock.now() / 1000
    const time = new RunningTick(now, this.last, this.begun)
    this.last = now
    this.underWay = { time, work: this.work(time) }
  }

  /** Does the next slice of the one that is under way. Whether there is more to do. */
  runSlice(): boolean {
    if (!this.isRunning) this.run(sliceMs)
    return this.underWay !== undefined
  }

  private run(maxMs: number): void {
    const { underWay, clock } = this
    if (underWay === undefined) return
    const begunMs = clock.now()
    this.isRunning = true
    try {
      for (let ms = begunMs; ms - begunMs < maxMs; ms = clock.now()) {
        underWay.time.now = ms / 1000
        if (underWay.work.next().done !== true) continue
        this.underWay = undefined
        return
      }
    } catch (error) {
      this.underWay = undefined
      throw error
    } finally {
      this.isRunning = false
    }
  }
}

/**
 * Ticks from now on, in slices, until what ticks is collected; keeps neither that nor the process alive. It ticks at the same times
 * as all else that repeats in the thread: to wake an idle process costs more than a tick.
 */
export function startTicking(what: { readonly ticks: Ticks }): void {
  const held = new WeakRef(what)
  let isWaiting = false
  const goOn = (): void => {
    isWaiting = false
    if (held.deref()?.ticks.runSlice() !== true) return
    isWaiting = true
    // Not at the next turn: where nothing else happens, one that does not keep the process waits for something that does.
    setTimeout(goOn, sliceMs).unref()
  }
  const awaitTick = (): void => {
    setTimeout(tick, sharedFirstMs(tickSeconds * 1000)).unref()
  }
  const tick = (): void => {
    const alive = held.deref()
    if (alive === undefined) return
    awaitTick()
    if (isWaiting) return
    alive.ticks.begin()
    goOn()
  }
  awaitTick()
}
