import { type Clock, systemClock } from '../clock.ts'
import { PlimsollError, reasonOf } from '../errors.ts'
import { Schedule } from '../schedule.ts'
import type { Snapshot, Source } from '../snapshot/snapshot.ts'
import { Lane, type Listener } from './deliver.ts'
import type { Sink } from './sink.ts'

/** When a reporter reports: plain data, but for the clock of tests. */
export interface Timing {
  readonly intervalMs: number
  readonly deadlineMs: number
  readonly aligned: boolean
  readonly immediately: boolean
  readonly jitterMs: number
}

/** Takes what a reporter reports. */
export interface ReportListener extends Listener {
  /** Called when the source cannot be read, once until it can. */
  onUnreadable(error: PlimsollError): void
}

/** Reads a source once for each beat and hands the snapshot to every sink that is due. Never throws. */
export class Reporter {
  readonly #source: Source
  readonly #listener: ReportListener
  readonly #lanes: readonly Lane[]
  readonly #schedule: Schedule
  /** While values are sent on demand, beats are left out: an older snapshot must not follow a newer one. */
  #flushes = 0
  #isUnreadable = false
  #stopping: Promise<void> | undefined
  readonly #first: NodeJS.Immediate | undefined

  constructor(
    source: Source,
    sinks: readonly Sink[],
    timing: Timing,
    listener: ReportListener,
    clock: Clock = systemClock,
  ) {
    const { intervalMs, deadlineMs, aligned, immediately, jitterMs } = timing
    this.#source = source
    this.#listener = listener
    this.#lanes = sinks.map((sink) => new Lane(sink, { deadlineMs, intervalMs, clock }, listener))
    this.#schedule = new Schedule(() => this.#beat(), {
      intervalMs,
      aligned,
      jitterMs,
      clock,
      onChange: () => {},
    })
    if (immediately) this.#first = setImmediate(() => void this.#schedule.run())
  }

  /** Sends the present values to all sinks, after what is under way to each. Resolves when all have ended, well or badly. */
  async flush(): Promise<void> {
    this.#flushes++
    try {
      const snapshot = await this.#read()
      if (snapshot !== undefined) await Promise.all(this.#lanes.map((lane) => sendAfter(lane, snapshot)))
    } finally {
      this.#flushes--
    }
  }

  /** Ends the repetition, sends the last values and closes the sinks. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end()
    return this.#stopping
  }

  /** Hands the last values to sinks that take them without waiting. */
  sendAtExit(): void {
    if (this.#stopping !== undefined) return
    this.#stopping = Promise.resolve()
    try {
      const snapshot = this.#source.read()
      if ('then' in snapshot) return
      for (const lane of this.#lanes) lane.sendAtExit(snapshot)
    } catch {
      // Nothing can be done for it any more.
    }
  }

  async #beat(): Promise<void> {
    if (this.#flushes > 0 || !this.#lanes.some(({ isDue }) => isDue)) return
    const snapshot = await this.#read()
    if (snapshot === undefined || this.#flushes > 0) return
    // Nobody waits for these: one that hangs must not delay the others.
    for (const lane of this.#lanes) if (lane.isDue) void lane.send(snapshot)
  }

  async #read(): Promise<Snapshot | undefined> {
    try {
      const snapshot = await this.#source.read()
      this.#isUnreadable = false
      return snapshot
    } catch (cause) {
      const endpoint = this.#lanes.map(({ sink }) => sink.name).join(', ')
      const values = { endpoint, reason: reasonOf(cause) }
      if (!this.#isUnreadable)
        this.#listener.onUnreadable(new PlimsollError('PLIMSOLL_SOURCE_UNREADABLE', values, { cause }))
      this.#isUnreadable = true
      return undefined
    }
  }

  async #end(): Promise<void> {
    clearImmediate(this.#first)
    await this.#schedule.stop()
    await this.flush()
    await Promise.all(this.#lanes.map((lane) => lane.close()))
  }
}

async function sendAfter(lane: Lane, snapshot: Snapshot): Promise<void> {
  while (lane.sending !== undefined) await lane.sending
  if (lane.isFree) await lane.send(snapshot)
}
