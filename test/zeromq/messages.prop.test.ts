import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'plimsoll'
import { formatJson, parseJson } from 'plimsoll/formats'
import { type FamilySnapshot, mergeSnapshots, type Snapshot } from 'plimsoll/snapshot'
import { withHosts } from '#src/snapshot/merge/hosts.ts'
import { decodeFiles, isRequestTo } from '#src/zeromq/message.ts'
import { Publishers } from '#src/zeromq/publishers.ts'
import { meetingSnapshot, oddSnapshot } from '../support/arbitraries.ts'
import { valueIn } from './peers.ts'
import { decoded, page, Sender } from './sender.ts'

const numRuns = Number(process.env.PLIMSOLL_FUZZ_CASES ?? 300)

const limits = { goneAfterMs: 10_000, maxGone: 2, maxPublishers: 3 }

const nothing: Snapshot = { version: 1, takenAt: 0, pages: [], families: [] }

/** The same snapshot a little later. */
interface Later {
  /** Every other series that has one value has another one. */
  readonly values: boolean
  /** All series that have a sum have another one. */
  readonly sums: boolean
  /** The first series of each family of several is no more. */
  readonly fewer: boolean
}

function laterThan(snapshot: Snapshot, { values, sums, fewer }: Later): Snapshot {
  const families = snapshot.families.map((family) => {
    const left = fewer && family.series.length > 1 ? family.series.slice(1) : family.series
    const series = left.map((one, i) => {
      if ('value' in one && typeof one.value === 'number' && values && i % 2 === 0)
        return { ...one, value: one.value + 1 }
      return 'sum' in one && sums ? { ...one, sum: one.sum + 1 } : one
    })
    return { ...family, series } as FamilySnapshot
  })
  return { ...snapshot, families }
}

/** What a snapshot says, in an order that does not depend on how it came together; a family without series says nothing. */
function sayings({ families }: Snapshot): string[] {
  return families
    .filter(({ series }) => series.length > 0)
    .map(({ series, ...head }) => [head, ...series.map(text).sort()].map(text).join())
    .sort()
}

function text(value: unknown): string {
  return JSON.stringify(value)
}

test('After each message that is taken the sum has the values of its snapshot, whatever was lost or came twice before', () => {
  const fate = fc.constantFrom('arrives', 'arrives', 'is lost', 'comes twice', 'comes again late')
  const later = fc.record({ values: fc.boolean(), sums: fc.boolean(), fewer: fc.boolean() })
  const next = fc.oneof(meetingSnapshot, oddSnapshot, later, later, later)
  const isRead = fc.boolean()
  const steps = fc.array(fc.tuple(next, fate, isRead), { minLength: 1, maxLength: 10 })
  const property = fc.property(steps, (all) => {
    const publishers = new Publishers(limits)
    const sender = new Sender('00'.repeat(16))
    const seen = new Set<Buffer>()
    let late: Buffer | undefined
    let snapshot = nothing
    for (const [other, what, reads] of all) {
      snapshot = 'families' in other ? other : laterThan(snapshot, other)
      const bytes = sender.next(snapshot)
      const arrivals = what === 'is lost' ? [] : what === 'comes twice' ? [bytes, bytes] : [bytes]
      if (late !== undefined) arrivals.push(late)
      late = what === 'comes again late' ? bytes : undefined
      for (const arrival of arrivals) {
        const { outcome, ask } = publishers.take(decoded(arrival), 0)
        if (ask) sender.ask()
        assert.ok(seen.has(arrival) ? outcome === 'repeated' : outcome === 'taken' || outcome === 'gap', outcome)
        seen.add(arrival)
        if (outcome !== 'taken' || !reads) continue
        const whole = withHosts({ ...parseJson(formatJson(snapshot)), pages: [page] })
        assert.deepEqual(sayings(mergeSnapshots([...publishers.read(0)])), sayings(mergeSnapshots([whole])))
      }
    }
  })
  fc.assert(property, { numRuns })
})

test('No bytes make the collector throw, or change what another publisher has sent', () => {
  const damage = fc.oneof(
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat(30_000) }),
    fc.record({ kind: fc.constant('set' as const), at: fc.oneof(fc.nat(600), fc.nat(30_000)), byte: fc.nat(255) }),
    fc.record({ kind: fc.constant('add' as const), bytes: fc.uint8Array({ maxLength: 80 }) }),
  )
  const property = fc.property(
    fc.array(fc.tuple(fc.option(oddSnapshot), fc.array(damage, { maxLength: 4 })), { minLength: 1, maxLength: 4 }),
    fc.uint8Array({ maxLength: 200 }),
    (all, noise) => {
      const publishers = new Publishers(limits)
      const other = new Sender('cd'.repeat(16))
      other.pages = [{ ...page, app: 'other' }]
      publishers.take(decoded(other.next(registryOf(3).read())), 0)
      const sender = new Sender('ab'.repeat(16))
      const pageSender = new Sender('ef'.repeat(16))
      const registry = registryOf(1)
      const messages = all.map(([snapshot, damages]) => {
        registry.counter('orders').inc()
        return damages.reduce(damaged, snapshot === null ? pageSender.nextPage(registry) : sender.next(snapshot))
      })
      for (const bytes of [Buffer.from(noise), ...messages]) {
        isRequestTo(sender.id, bytes)
        const message = decodeFiles(bytes)
        if (typeof message !== 'string') publishers.take(message, 0)
        const all = [...publishers.read(0)]
        formatJson(mergeSnapshots(all))
        const others = all.find(({ pages }) => pages[0]?.app === 'other')
        assert.equal(others && valueIn(others, 'orders'), 3)
      }
    },
  )
  fc.assert(property, { numRuns })
})

function registryOf(orders: number): Registry {
  const registry = new Registry()
  registry.counter('orders').add(orders)
  registry.timer('took').record(0.1)
  registry.text('last').set('x')
  return registry
}

type Damage =
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'add'; readonly bytes: Uint8Array }

function damaged(bytes: Buffer, damage: Damage): Buffer {
  if (damage.kind === 'cut') return bytes.subarray(0, damage.at)
  if (damage.kind === 'add') return Buffer.concat([bytes, damage.bytes])
  const copy = Buffer.from(bytes)
  if (copy.length > 0) copy[damage.at % copy.length] = damage.byte
  return copy
}
