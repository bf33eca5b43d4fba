import { type Clock, systemClock } from '../clock.ts'
import { optionInvalid, PlimsollError } from '../errors.ts'
import { defaultRegistry } from '../metrics/registry/default-registry.ts'
import type { Registry } from '../metrics/registry/registry.ts'
import {
  callback,
  checkOptions,
  clockLike,
  flag,
  type OptionRule,
  type OptionRules,
  readable,
  registryLike,
} from '../options.ts'
import { beforeEnd, hold } from '../os/before-end.ts'
import { onProcessEnd } from '../os/process-end.ts'
import { type OnWarning, warn } from '../os/warning.ts'
import type { Source } from '../snapshot/snapshot.ts'
import { Reporter, type ReportListener, type Timing } from './reporter.ts'
import type { Sink } from './sink.ts'
import { SinkMetrics } from './sink-metrics.ts'
import { SinkThread } from './sink-thread.ts'

/** Options of `report()`. */
export interface ReportOptions {
  /** Seconds from one report to the next, 0.01 to 86,400. @default 10 */
  readonly everySeconds?: number
  /** Reports at whole multiples of the interval in Unix time, the same in all processes. @default false */
  readonly aligned?: boolean
  /** Also reports at once, not only after the first interval. @default false */
  readonly immediately?: boolean
  /**
   * Reports are later by a part of this many seconds, chosen once, so that many processes do not report at the same moment;
   * 0 to 86,400.
   * @default 0
   */
  readonly jitterSeconds?: number
  /** Seconds that one send may take, 0.01 to 3600; then the sink drops its connection. @default 10 */
  readonly deadlineSeconds?: number
  /**
   * Whether sinks that can run in another thread do, where the source is a published registry: the thread reads its page, encodes
   * and sends, so that none of it holds the event loop of the app, and goes on while that is blocked. It costs 16 to 60 MB of
   * memory and about 0.2 s of CPU time at its start. Sinks with functions of the app, and `stdout()`, stay in this thread.
   * @default true
   */
  readonly thread?: boolean
  /**
   * Where `plimsoll.sink.*` are counted: `sends`, `failures` by reason, `lost` by reason, `bytes` and the timer `duration`, each by
   * sink. Default: the source, where it is a registry, else the one behind `counter()`, `timer()` and so on.
   */
  readonly registry?: Registry
  /**
   * Whether the last values are also sent at SIGTERM, SIGINT and SIGHUP, where the app has no listener for the signal; the process
   * then ends by the same signal, 3 seconds later at most. It takes a listener, with which an app whose event loop is blocked no
   * longer ends by these signals. Without it, such a signal ends the process at once and what was counted since the last report
   * is not sent; `plimsoll push` beside the app sends it. An app that handles the signal itself needs neither: the last values
   * are sent when it exits.
   * @default false
   */
  readonly onSignals?: boolean
  /**
   * Called when a sink or the source begins to fail, and when the reason changes, not for each failure. Default:
   * `process.emitWarning`. What it throws or rejects with is dropped.
   */
  readonly onWarning?: OnWarning
  /** Called with the name of a sink that failed, when it accepts values again. What it throws or rejects with is dropped. */
  readonly onRecovered?: (sink: string) => unknown
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock
}

/** A source that is sent to sinks. */
export interface Report {
  /** Sends the present values to all sinks. Resolves when each has ended, well or badly; never rejects. */
  flush(): Promise<void>
  /** Sends the last values and closes the sinks. Resolves two deadlines later at most; never rejects. */
  stop(): Promise<void>
}

function seconds(min: number, max: number): OptionRule {
  const isValid = (given: unknown): boolean => typeof given === 'number' && given >= min && given <= max
  return [isValid, `a number of seconds from ${min} to ${max}`]
}

const rules: OptionRules<ReportOptions> = {
  everySeconds: seconds(0.01, 86_400),
  aligned: flag,
  immediately: flag,
  jitterSeconds: seconds(0, 86_400),
  deadlineSeconds: seconds(0.01, 3600),
  registry: registryLike,
  thread: flag,
  onSignals: flag,
  onWarning: callback,
  onRecovered: callback,
  clock: clockLike,
}

/**
 * Sends the metrics of a source to sinks, again and again: a registry, a fleet, a collector, any source, read once an interval
 * for all of them.
 *
 *     const reporting = report(defaultRegistry, [graphite('graphite://graphite.example:2003')], { everySeconds: 10 })
 *
 * Each sink has one payload in flight and holds up no other one. One that fails is counted in `plimsoll.sink.*`, warned of
 * once, and tried again with growing pauses. Nothing of it keeps the process alive, and the last values are sent when it ends.
 *
 * Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN, and nothing that happens later reaches the app, but as a warning.
 */
export function report(source: Source, sinks: readonly Sink[], options: ReportOptions = {}): Report {
  checkOptions('report()', options, rules)
  if (!readable[0](source, {})) throw optionInvalid('source', 'report()', source, readable[1])
  if (!Array.isArray(sinks) || sinks.length === 0 || !sinks.every(isSink))
    throw optionInvalid(
      'sinks',
      'report()',
      sinks,
      'an array of sinks, such as [graphite("graphite://127.0.0.1:2003")]',
    )
  return new LiveReport(source, sinks, options)
}

function isSink(given: unknown): boolean {
  const { name, send } = Object(given) as Partial<Sink>
  return typeof name === 'string' && typeof send === 'function'
}

/** The end of a process follows an empty event loop sooner than this. */
const againMs = 100

/** What sends to some of the sinks. */
type Part = Pick<Reporter, 'flush' | 'stop' | 'sendAtExit'>

class LiveReport implements Report {
  readonly #source: Source
  readonly #sinks: readonly Sink[]
  readonly #options: ReportOptions
  readonly #forget: readonly (() => void)[]
  #parts: readonly Part[] | undefined
  #start: NodeJS.Immediate | undefined
  /** When the event loop was empty and the last values were sent. */
  #idleAt = Number.NEGATIVE_INFINITY

  constructor(source: Source, sinks: readonly Sink[], options: ReportOptions) {
    this.#source = source
    this.#sinks = sinks
    this.#options = options
    // The app may publish its registry just after this.
    if (this.#threaded.length > 0) this.#start = setImmediate(() => void this.#begin())
    else this.#begin()
    const atIdle = async (): Promise<void> => {
      await this.#each((part) => part.flush())
      this.#idleAt = performance.now()
    }
    const atExit = (): void => {
      // Nothing has run since.
      if (performance.now() - this.#idleAt > againMs) for (const part of this.#begin()) part.sendAtExit()
    }
    this.#forget = [beforeEnd(atIdle, options.onSignals ?? false), onProcessEnd(atExit)]
  }

  flush(): Promise<void> {
    return hold(this.#each((part) => part.flush()))
  }

  stop(): Promise<void> {
    for (const forget of this.#forget) forget()
    return hold(this.#each((part) => part.stop()))
  }

  /** The sinks that run in another thread, if there is a page. */
  get #threaded(): readonly Sink[] {
    const { thread = true } = this.#options
    return thread && isRegistry(this.#source) ? this.#sinks.filter(({ description }) => description !== undefined) : []
  }

  async #each(call: (part: Part) => Promise<void>): Promise<void> {
    await Promise.all(this.#begin().map(call))
  }

  #begin(): readonly Part[] {
    clearImmediate(this.#start)
    this.#parts ??= this.#newParts()
    return this.#parts
  }

  #newParts(): readonly Part[] {
    const source = this.#source
    const { registry = isRegistry(source) ? source : defaultRegistry, clock = systemClock } = this.#options
    const timing = timingOf(this.#options)
    const listener = listenerOf(new SinkMetrics(registry), this.#options)
    const file = isRegistry(source) ? fileOf(source) : undefined
    const threaded = file === undefined ? [] : this.#threaded
    const here = this.#sinks.filter((sink) => !threaded.includes(sink))
    if (isRegistry(source) && file === undefined && this.#threaded.length > 0) {
      const sinks = this.#threaded.map(({ name }) => name).join(', ')
      warn(new PlimsollError('PLIMSOLL_SINKS_ON_MAIN_THREAD', { sinks }), this.#options.onWarning)
    }
    const parts: Part[] = []
    if (here.length > 0) parts.push(new Reporter(source, here, timing, listener, clock))
    if (file !== undefined && threaded.length > 0)
      parts.push(new SinkThread(file, () => fileOf(source as Registry), threaded, timing, listener))
    return parts
  }
}

function isRegistry(source: Source): source is Registry {
  return registryLike[0](source, {})
}

/** The file of the page that a registry is in. */
function fileOf(registry: Registry): string | undefined {
  return registry.currentPage?.describe().file ?? undefined
}

function timingOf(options: ReportOptions): Timing {
  const { everySeconds = 10, deadlineSeconds = 10, jitterSeconds = 0, aligned = false, immediately = false } = options
  const [intervalMs, deadlineMs, jitterMs] = [everySeconds * 1000, deadlineSeconds * 1000, jitterSeconds * 1000]
  return { intervalMs, deadlineMs, jitterMs, aligned, immediately }
}

function listenerOf(metrics: SinkMetrics, { onWarning, onRecovered = () => {} }: ReportOptions): ReportListener {
  return {
    count: (event) => metrics.count(event),
    onChange: (sink, error) => (error === undefined ? quietly(() => onRecovered(sink)) : warn(error, onWarning)),
    onUnreadable: (error: PlimsollError) => warn(error, onWarning),
  }
}

/** Calls a function of the app. */
function quietly(call: () => unknown): void {
  try {
    Promise.resolve(call()).catch(() => {})
  } catch {}
}
