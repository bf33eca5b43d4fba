import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Registry } from 'plimsoll'
import type { Snapshot } from 'plimsoll/snapshot'
import { createTestRegistry } from 'plimsoll/testing'
import { FileCopy, wordBytes } from '#src/zeromq/file-copy.ts'
import { Publishers } from '#src/zeromq/publishers.ts'
import { decoded, Sender } from './sender.ts'

const numRuns = Number(process.env.PLIMSOLL_FUZZ_CASES ?? 200)
const limits = { goneAfterMs: 10_000, maxGone: 2, maxPublishers: 3 }

/** What an app may do between two messages; each kind of metric, each with series that come and go. */
const acts: readonly ((registry: Registry, n: number) => void)[] = [
  (registry, n) =>
    registry
      .counter('orders', { labels: ['route'] })
      .labels({ route: n % 5 })
      .inc(),
  (registry, n) => registry.counter('orders', { labels: ['route'] }).remove({ route: n % 5 }),
  (registry, n) => registry.gauge(`busy.${n % 3}`).set(n),
  (registry, n) =>
    registry
      .timer('took', { labels: ['route'] })
      .labels({ route: n % 5 })
      .record(n / 100),
  (registry, n) => registry.timer('took', { labels: ['route'] }).remove({ route: n % 5 }),
  (registry, n) => registry.meter('sent').mark(n),
  (registry, n) => registry.histogram('size', { buckets: [10, 100] }).record(n),
  (registry, n) => registry.state('job', { states: ['idle', 'busy'] }).set(n % 2 === 0 ? 'idle' : 'busy'),
  (registry, n) => registry.text('last').set('x'.repeat(n % 50)),
  (registry, n) => registry.remove(`busy.${n % 3}`),
]

/** What is compared: a page in memory has another name there, and none here. */
function saying({ families, pages }: Snapshot): string {
  return JSON.stringify([families, pages.map((page) => ({ ...page, file: null, heartbeatAge: null }))])
}

test('After each message that is taken the collector reads what is in the page, whatever was lost or came twice before', () => {
  const fate = fc.constantFrom('arrives', 'arrives', 'is lost', 'comes twice')
  const act = fc.tuple(fc.nat(acts.length - 1), fc.nat(200))
  const steps = fc.array(fc.tuple(fc.array(act, { maxLength: 8 }), fc.nat(9), fate), { minLength: 1, maxLength: 12 })
  const property = fc.property(steps, (all) => {
    const { registry, clock, advance, publish } = createTestRegistry()
    const page = publish({ app: 'shop' })
    const publishers = new Publishers(limits)
    const sender = new Sender('00'.repeat(16))
    for (const [done, seconds, what] of all) {
      for (const [which, n] of done) acts[which]?.(registry, n)
      advance(seconds)
      sender.takenAt = clock.unixTime()
      const bytes = sender.nextPage(registry)
      for (let copies = ['is lost', 'arrives', 'comes twice'].indexOf(what); copies > 0; copies--) {
        const { outcome, ask } = publishers.take(decoded(bytes), 0)
        if (ask) sender.ask()
        if (outcome === 'taken') assert.deepEqual([...publishers.read(0)].map(saying), [saying(page.read())])
        else assert.ok(outcome === 'gap' || outcome === 'repeated', outcome)
      }
    }
  })
  fc.assert(property, { numRuns })
})

/** A buffer with memory of its own, of these words. */
function wordsOf(values: readonly number[]): Buffer {
  const words = Float64Array.from(values)
  return Buffer.from(words.buffer)
}

function bytesOf(copy: FileCopy): Buffer {
  const bytes = Buffer.alloc(copy.size())
  copy.read(bytes, 0, 0)
  return bytes
}

test('The changes of a file make the copy the same as the file, and are no more than what differs', () => {
  const value = fc.constantFrom(0, -0, 1, Number.NaN)
  const property = fc.property(fc.array(fc.array(value, { maxLength: 1500 }), { maxLength: 5 }), (all) => {
    const copy = new FileCopy('page', '')
    let before: readonly number[] = []
    for (const next of all) {
      const now = [...next, ...before.slice(next.length)]
      const changes = copy.changesTo(wordsOf(now))
      const differing = now.filter((one, i) => !(i < before.length && Object.is(one, before[i]))).length
      // Of unchanged words, one between two others may go along.
      assert.ok(changes.data.length / wordBytes >= differing && changes.data.length / wordBytes <= 2 * differing)
      assert.ok(copy.apply(changes, true))
      assert.deepEqual(bytesOf(copy), wordsOf(now))
      before = now
    }
  })
  fc.assert(property, { numRuns })
})

test('A copy takes no more memory than was sent: what would leave a gap, or change a snapshot, is refused', () => {
  const word = Buffer.alloc(wordBytes)
  const page = new FileCopy('page', '')
  for (const first of [1, 2 ** 20, 2 ** 32 - 1]) {
    assert.equal(page.apply({ runs: Uint32Array.of(first, 1), data: word }, true), false)
  }
  assert.equal(page.apply({ runs: Uint32Array.of(0, 1, 1, 1), data: Buffer.alloc(2 * wordBytes) }, true), true)
  assert.equal(page.size(), 2 * wordBytes)
  const snapshot = new FileCopy('snapshot', '')
  assert.equal(snapshot.apply({ runs: Uint32Array.of(0, 1), data: word }, undefined), true)
  assert.equal(snapshot.apply({ runs: Uint32Array.of(0, 1), data: word }, undefined), false)
})
