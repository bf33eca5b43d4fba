import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { type PlimsollError, Registry } from 'plimsoll'
import { type ReportOptions, report, type Sink, sinkError } from 'plimsoll/sinks'
import type { Snapshot } from 'plimsoll/snapshot'
import { mockTime } from './time.ts'

/** A sink whose sends a test ends. */
class TestSink implements Sink {
  readonly name: string
  readonly sent: Snapshot[] = []
  readonly pending: { resolve(): void; reject(error: unknown): void; readonly signal: AbortSignal }[] = []
  answer: 'at once' | 'when asked' | Error = 'at once'
  isClosed = false

  constructor(name = 'test') {
    this.name = name
  }

  send(...[snapshot, { signal }]: Parameters<Sink['send']>): Promise<void> | undefined {
    this.sent.push(snapshot)
    if (this.answer instanceof Error) return Promise.reject(this.answer)
    if (this.answer === 'at once') return undefined
    return new Promise((resolve, reject) => this.pending.push({ resolve, reject, signal }))
  }

  close(): void {
    this.isClosed = true
  }

  /** Answers all that is under way, and all that follows. */
  finish(): void {
    this.answer = 'at once'
    for (const { resolve } of this.pending) resolve()
  }
}

function setUp(t: TestContext, sinks: readonly Sink[], options: ReportOptions = {}) {
  const time = mockTime(t)
  const registry = new Registry({ clock: time.clock })
  const events: string[] = []
  const reporting = report(registry, sinks, {
    clock: time.clock,
    everySeconds: 10,
    onWarning: (error) => void events.push(`${error.code} ${error.what}`),
    onRecovered: (sink) => void events.push(`recovered ${sink}`),
    ...options,
  })
  t.after(async () => {
    for (const sink of sinks) if (sink instanceof TestSink) sink.finish()
    await reporting.stop()
  })
  return { ...time, registry, events, reporting }
}

function totalOf(registry: Registry, name: string): number {
  const family = registry.read().families.find((one) => one.name === name)
  return (family?.series ?? []).reduce((sum, series) => sum + ('value' in series ? Number(series.value) : 0), 0)
}

describe('report()', () => {
  test('reads the source once an interval for all sinks, and at once where that is wanted', async (t) => {
    const sinks = [new TestSink('a'), new TestSink('b')]
    const { pass, reporting } = setUp(t, sinks, { immediately: true })
    await pass(0.1)
    assert.deepEqual(
      sinks.map(({ sent }) => sent.length),
      [1, 1],
    )
    await pass(25)
    assert.deepEqual(
      sinks.map(({ sent }) => sent.length),
      [3, 3],
    )
    assert.equal(sinks[0]?.sent[2], sinks[1]?.sent[2])
    const stopped = reporting.stop()
    await pass(1)
    await stopped
    assert.deepEqual(
      sinks.map(({ sent, isClosed }) => [sent.length, isClosed]),
      [
        [4, true],
        [4, true],
      ],
    )
    await pass(30)
    assert.equal(sinks[0]?.sent.length, 4)
  })

  test('sends nothing more to a sink that hangs, and is not held up by it', async (t) => {
    const hanging = new TestSink('hanging')
    const other = new TestSink('other')
    hanging.answer = 'when asked'
    const { pass, events, registry } = setUp(t, [hanging, other], { deadlineSeconds: 15 })
    await pass(600)
    assert.equal(hanging.sent.length, 1)
    assert.equal(hanging.pending[0]?.signal.aborted, true)
    assert.ok(other.sent.length >= 59)
    assert.deepEqual(events, ['PLIMSOLL_SINK_FAILED Cannot send metrics to hanging: no answer within 15 s.'])
    assert.equal(totalOf(registry, 'plimsoll.sink.failures'), 1)
    hanging.answer = 'at once'
    hanging.pending[0]?.reject(new Error('aborted'))
    await pass(20)
    assert.equal(events.at(-1), 'recovered hanging')
  })

  test('waits longer after each failure, up to a minute, and warns once until it works again', async (t) => {
    const sink = new TestSink()
    sink.answer = new Error('connection refused')
    const { pass, events, registry } = setUp(t, [sink])
    await pass(600)
    assert.ok(sink.sent.length > 8 && sink.sent.length < 20, `${sink.sent.length}`)
    assert.deepEqual(events, ['PLIMSOLL_SINK_FAILED Cannot send metrics to test: connection refused.'])
    assert.equal(totalOf(registry, 'plimsoll.sink.failures'), sink.sent.length)
    assert.equal(totalOf(registry, 'plimsoll.sink.sends'), 0)
    sink.answer = 'at once'
    await pass(70)
    assert.equal(events.at(-1), 'recovered test')
    const { length } = sink.sent
    await pass(30)
    assert.equal(sink.sent.length, length + 3)
    sink.answer = new Error('connection refused')
    await pass(20)
    assert.equal(events.length, 3)
  })

  test('leaves a receiver alone for as long as it asks, and does not pause after a refusal of one payload', async (t) => {
    const busy = new TestSink('busy')
    busy.answer = sinkError('busy', '429', { retryAfterMs: 95_000 })
    const refusing = new TestSink('refusing')
    refusing.answer = sinkError('refusing', '400', { isPermanent: true })
    const { pass } = setUp(t, [busy, refusing])
    await pass(101)
    assert.equal(busy.sent.length, 1)
    assert.equal(refusing.sent.length, 10)
    await pass(10)
    assert.equal(busy.sent.length, 2)
  })

  test('survives a sink that throws, a source that throws, and functions of the app that throw', async (t) => {
    const { clock, pass } = mockTime(t)
    const throwing: Sink = {
      name: 'throwing',
      send: () => {
        throw new Error('a fault in the sink')
      },
    }
    let isBroken = false
    const registry = new Registry({ clock })
    const source = {
      read: () => {
        if (isBroken) throw new Error('no pages')
        return registry.read()
      },
    }
    const codes: string[] = []
    const onWarning = (error: PlimsollError): void => {
      codes.push(error.code)
      throw new Error('a fault in the app')
    }
    const sink = new TestSink()
    const reporting = report(source, [throwing, sink], { clock, onWarning, registry })
    t.after(() => void reporting.stop())
    await pass(10)
    isBroken = true
    await pass(100)
    assert.equal(sink.sent.length, 1)
    isBroken = false
    await pass(10)
    assert.equal(sink.sent.length, 2)
    assert.deepEqual(codes, ['PLIMSOLL_SINK_FAILED', 'PLIMSOLL_SOURCE_UNREADABLE'])
  })

  test('sends an older snapshot never after a newer one, while values are sent on demand', async (t) => {
    const sink = new TestSink()
    sink.answer = 'when asked'
    const { pass, registry, reporting } = setUp(t, [sink], { deadlineSeconds: 60 })
    await pass(10)
    registry.counter('jobs').inc(5)
    const flushed = reporting.flush()
    await pass(10)
    assert.equal(sink.sent.length, 1)
    sink.pending[0]?.resolve()
    await pass(10)
    assert.equal(sink.sent.length, 2)
    sink.pending[1]?.resolve()
    await flushed
    const times = sink.sent.map(({ takenAt }) => takenAt)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
  })

  test('refuses what is no sink, and options that there are not', () => {
    const registry = new Registry()
    assert.throws(() => report(registry, []), { code: 'PLIMSOLL_OPTION_INVALID' })
    assert.throws(() => report(registry, [{ name: 'x' } as Sink]), { code: 'PLIMSOLL_OPTION_INVALID' })
    assert.throws(() => report({} as Registry, [new TestSink()]), { code: 'PLIMSOLL_OPTION_INVALID' })
    const options = { every: 5 } as ReportOptions
    assert.throws(() => report(registry, [new TestSink()], options), /Known options: everySeconds/)
  })
})
