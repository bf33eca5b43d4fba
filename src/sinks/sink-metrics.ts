import type { Counter } from '../metrics/kinds/counter.ts'
import type { Timer } from '../metrics/kinds/timer.ts'
import type { Family } from '../metrics/registry/family.ts'
import type { Registry } from '../metrics/registry/registry.ts'
import type { SinkEvent } from './deliver.ts'

/** Counts what sinks do, as `plimsoll.sink.*` of a registry. */
export class SinkMetrics {
  readonly #sends: Family<Counter>
  readonly #failures: Family<Counter>
  readonly #lost: Family<Counter>
  readonly #bytes: Family<Counter>
  readonly #duration: Family<Timer>

  constructor(registry: Registry) {
    const counter = (name: string, help: string, unit: string, ...labels: readonly string[]): Family<Counter> => {
      return registry.declareOwn('counter', name, { help, unit, labels: ['sink', ...labels] })
    }
    this.#sends = counter(
      'plimsoll.sink.sends',
      'Snapshots that a sink has sent, acknowledged where its protocol can',
      '',
    )
    this.#failures = counter('plimsoll.sink.failures', 'Sends that failed', '', 'reason')
    this.#lost = counter(
      'plimsoll.sink.lost',
      'Series, samples or lines that a sink did not send and will not',
      '',
      'reason',
    )
    this.#bytes = counter('plimsoll.sink.bytes', 'Bytes handed to the receiver', 'By')
    const help = 'How long sends took, those that failed included'
    this.#duration = registry.declareOwn('timer', 'plimsoll.sink.duration', { help, labels: ['sink'] })
  }

  count(event: SinkEvent): void {
    const { sink } = event
    if ('lost' in event) {
      this.#lost.labels({ sink, reason: event.reason }).inc(event.lost)
      return
    }
    if ('sent' in event) this.#sends.labels({ sink }).inc()
    else this.#failures.labels({ sink, reason: event.failed }).inc()
    this.#bytes.labels({ sink }).inc(event.bytes)
    this.#duration.labels({ sink }).record(event.seconds)
  }
}
