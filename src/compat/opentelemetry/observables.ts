import { type Attributes, diag } from '@opentelemetry/api'
import { reasonOf } from '../../errors.ts'
import { isThenable } from '../../metrics/kinds/thenable.ts'
import type { Registry } from '../../metrics/registry/registry.ts'
import type { ObservedInstrument } from './observed-instrument.ts'

/** What callbacks observed. Of several values of one series the last holds, also where several callbacks observed it. */
type Observations = Map<ObservedInstrument, [value: number, attributes: Attributes][]>

interface Registered {
  readonly callback: (result: never) => unknown
  readonly instruments: ReadonlySet<ObservedInstrument>
  readonly isBatch: boolean
  isPending: boolean
}

/**
 * Calls the callbacks of observable instruments: soon after the first was added, and then at each tick of the registry, every
 * 5 seconds, as readers of a page never call into the app.
 */
export class Observables {
  private readonly registry: Registry
  private callbacks: Registered[] = []
  /** Those whose series may have to go. */
  private readonly observed = new Set<ObservedInstrument>()
  private round = 0
  private stopTicks: (() => void) | undefined
  private isStopped = false

  constructor(registry: Registry) {
    this.registry = registry
  }

  /** Adds a callback, unless it is there already for the same instruments. */
  add(callback: Registered['callback'], instruments: ReadonlySet<ObservedInstrument>, isBatch: boolean): void {
    if (this.isStopped || this.find(callback, instruments, isBatch) !== undefined) return
    this.callbacks = [...this.callbacks, { callback, instruments, isBatch, isPending: false }]
    if (this.stopTicks !== undefined) return
    this.stopTicks = this.registry.onTick(() => void this.run())
    // Not at once: what the callback reads may not be there yet.
    setImmediate(() => void (this.round === 0 && this.run())).unref()
  }

  /** Removes a callback that was added with just these instruments. */
  remove(callback: Registered['callback'], instruments: ReadonlySet<ObservedInstrument>, isBatch: boolean): void {
    const known = this.find(callback, instruments, isBatch)
    this.callbacks = this.callbacks.filter((one) => one !== known)
  }

  /** Calls all callbacks. Resolves when all have come to an end; those that are not asynchronous have when it returns. */
  async run(): Promise<void> {
    if (this.isStopped) return
    const round = ++this.round
    // Series stay where it is not known whether they were observed.
    const unsure = new Set<ObservedInstrument>()
    const observations: Observations = new Map()
    const pending = this.callbacks.flatMap((one) => this.call(one, round, observations, unsure) ?? [])
    this.take(observations, round, unsure)
    if (pending.length > 0) await Promise.all(pending)
    for (const instrument of this.observed) if (!unsure.has(instrument)) instrument.removeUnseen(round)
  }

  /** Calls nothing any more. */
  stop(): void {
    this.isStopped = true
    this.callbacks = []
    this.stopTicks?.()
  }

  private find(
    callback: unknown,
    instruments: ReadonlySet<ObservedInstrument>,
    isBatch: boolean,
  ): Registered | undefined {
    return this.callbacks.find((one) => {
      const isSame = one.callback === callback && one.isBatch === isBatch && one.instruments.size === instruments.size
      return isSame && [...instruments].every((instrument) => one.instruments.has(instrument))
    })
  }

  private take(observations: Observations, round: number, unsure: Set<ObservedInstrument>): void {
    for (const [instrument, values] of observations) {
      this.observed.add(instrument)
      try {
        instrument.take(values, round)
      } catch (cause) {
        unsure.add(instrument)
        failed([instrument], cause)
      }
    }
  }

  /** Calls a callback: what it observes goes to `observations`, or is taken by itself where the callback is asynchronous. */
  private call(
    one: Registered,
    round: number,
    observations: Observations,
    unsure: Set<ObservedInstrument>,
  ): Promise<void> | undefined {
    const fail = (cause: unknown): void => {
      for (const instrument of one.instruments) unsure.add(instrument)
      failed([...one.instruments], cause)
    }
    if (one.isPending) {
      fail('it is still running')
      return undefined
    }
    const own: Observations = new Map()
    try {
      const result: unknown = one.callback(resultFor(one, own) as never)
      if (!isThenable(result)) {
        for (const [instrument, values] of own)
          for (const value of values) observed(observations, instrument).push(value)
        return undefined
      }
      one.isPending = true
      return Promise.resolve(result)
        .then(() => this.take(own, round, unsure))
        .catch(fail)
        .finally(() => {
          one.isPending = false
        })
    } catch (cause) {
      fail(cause)
      return undefined
    }
  }
}

function failed(instruments: readonly ObservedInstrument[], cause: unknown): void {
  for (const instrument of instruments) instrument.countFailure()
  diag.error(`A callback of ${instruments.map(({ name }) => name).join(', ')} failed: ${reasonOf(cause)}`)
}

function observed(
  observations: Observations,
  instrument: ObservedInstrument,
): [value: number, attributes: Attributes][] {
  const values = observations.get(instrument) ?? []
  observations.set(instrument, values)
  return values
}

function resultFor({ instruments, isBatch }: Registered, observations: Observations): object {
  const observe = (instrument: ObservedInstrument, value: number, attributes: Attributes | undefined): void => {
    if (!instruments.has(instrument)) return
    observed(observations, instrument).push([value, { ...attributes }])
  }
  if (isBatch) return { observe }
  const [only] = instruments
  return { observe: (value: number, attributes?: Attributes) => observe(only as ObservedInstrument, value, attributes) }
}
