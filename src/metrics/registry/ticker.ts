import type { Clock } from '../../clock.ts'
import { renewals, type Tick, tickSeconds } from '../../snapshot/kinds/rates.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'

/** Differences below this are the inaccuracy of clocks, not a jump. */
const leastJump = 1
/** A tick does so much at a time, and then lets the event loop go on for as long: it delays nothing else by more. */
const sliceMs = 1

/** So many series are brought up to date between two looks at the clock. */
export const tickedTogether = 32

/** By how many seconds a clock went another way than it should have. */
function jumpSince(unixTime: number, expected: number): number {
  const difference = unixTime - expected
  return Math.abs(difference) < leastJump ? 0 : difference
}

class RunningTick implements Tick {
  now: number
  late = 0
  readonly elapsed: number
  readonly before: number
  readonly jump: number
  readonly begun: number
  private readonly startedAt: number
  private readonly startedMs: number
  private known: { readonly seconds: number; readonly renewals: readonly number[] } | undefined

  constructor(
    nowMs: number,
    unixTime: number,
    last: { readonly ms: number; readonly unixTime: number },
    ageMs: number,
  ) {
    this.now = unixTime
    this.elapsed = Math.max(0, nowMs - last.ms) / 1000
    this.before = last.unixTime
    this.jump = jumpSince(unixTime, last.unixTime + this.elapsed)
    this.begun = unixTime - Math.max(0, ageMs) / 1000
    this.startedAt = unixTime
    this.startedMs = nowMs
  }

  /** A clock that was set meanwhile is the affair of the next tick. */
  goOn(nowMs: number): void {
    this.late = Math.max(0, nowMs - this.startedMs) / 1000
    this.now = this.startedAt + this.late
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
  private readonly clock: Clock
  private readonly work: TickWork
  private readonly madeMs: number
  private last: { readonly ms: number; readonly unixTime: number }
  private underWay: { readonly time: RunningTick; readonly work: Iterator<unknown> } | undefined
  private isRunning = false

  constructor(clock: Clock, work: TickWork) {
    this.clock = clock
    this.work = work
    this.madeMs = clock.now()
    this.last = { ms: this.madeMs, unixTime: clock.unixTime() }
  }

  /**
   * Now, for reading. Where the clock was set since the last tick, this is the present as the clock went until then: so are the
   * times that metrics noted, until the next tick moves them. By the new time all would seem to be idle for as long as it jumped.
   */
  presentTime(): ReadTime {
    const unixTime = this.clock.unixTime()
    const now = unixTime - this.jumpAt(unixTime)
    return { now, end: now }
  }

  /** Whether the clock was set since the last tick. */
  get hasJumped(): boolean {
    return this.jumpAt(this.clock.unixTime()) !== 0
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
    const ms = this.clock.now()
    const unixTime = this.clock.unixTime()
    const time = new RunningTick(ms, unixTime, this.last, ms - this.madeMs)
    this.last = { ms, unixTime }
    this.underWay = { time, work: this.work(time) }
    // At once: between two slices, readers would meet some times that were moved and some that were not.
    if (time.jump !== 0) this.run(Number.POSITIVE_INFINITY)
  }

  /** Does the next slice of the one that is under way. Whether there is more to do. */
  runSlice(): boolean {
    if (!this.isRunning) this.run(sliceMs)
    return this.underWay !== undefined
  }

  private jumpAt(unixTime: number): number {
    const { ms, unixTime: before } = this.last
    return jumpSince(unixTime, before + Math.max(0, this.clock.now() - ms) / 1000)
  }

  private run(maxMs: number): void {
    const { underWay, clock } = this
    if (underWay === undefined) return
    const begunMs = clock.now()
    this.isRunning = true
    try {
      for (let ms = begunMs; ms - begunMs < maxMs; ms = clock.now()) {
        underWay.time.goOn(ms)
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

/** Ticks from now on, in slices, without keeping the process or what ticks alive; the interval ends with what ticks. */
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
  const interval = setInterval(() => {
    const alive = held.deref()
    if (alive === undefined) clearInterval(interval)
    else if (!isWaiting) {
      alive.ticks.begin()
      goOn()
    }
  }, tickSeconds * 1000)
  interval.unref()
}
