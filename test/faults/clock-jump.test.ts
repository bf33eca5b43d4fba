import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Publication, publish, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { readPage } from 'plimsoll/page'
import type { FamilySnapshot, GaugeSeries } from 'plimsoll/snapshot'

const hour = 3600

/** Registries of one app, each with a page, and what sets the clock of the machine, for them and all readers. */
function begin(t: TestContext, count: number) {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-clock-'))
  t.after(() => rmSync(dir, { recursive: true, maxRetries: 10 }))
  const real = Date.now
  let seconds = 0
  t.mock.method(Date, 'now', () => real() + seconds * 1000)
  const writers = Array.from({ length: count }, () => {
    const registry = new Registry()
    const publication = publish({ registry, dir, app: 'clock' })
    t.after(() => publication.close())
    return { registry, publication }
  })
  const setClock = (by: number): void => {
    seconds += by
  }
  return { dir, writers, setClock }
}

function familyOf<K extends FamilySnapshot['kind']>(families: readonly FamilySnapshot[], name: string, kind: K) {
  const family = families.find((one) => one.name === name)
  assert(family?.kind === kind)
  return family as FamilySnapshot & { readonly kind: K }
}

function fromPage({ file }: Publication): readonly FamilySnapshot[] {
  return readPage(file ?? '').families
}

test('Nothing that depends on time changes when the clock is set, by an hour back and a day ahead', (t) => {
  const { writers, setClock } = begin(t, 1)
  const { registry, publication } = writers[0] ?? assert.fail()
  const queue = registry.gauge('queue', { extremes: true })
  const sizes = registry.average('sizes', { window: { seconds: 60 } })
  const worker = registry.state('worker', { states: ['idle', 'busy'] })
  const mails = registry.meter('mails')
  const runs = registry.timer('runs')
  const check = (families: readonly FamilySnapshot[], busy: boolean): void => {
    const { extremes } = familyOf(families, 'queue', 'gauge').series[0] ?? assert.fail()
    assert.deepEqual([extremes?.['1m']?.min, extremes?.['1m']?.max], [3, 7])
    assert.ok((extremes?.['5m']?.seconds ?? 999) < 60)
    const { window } = familyOf(families, 'sizes', 'average').series[0] ?? assert.fail()
    assert.deepEqual([window?.count, window?.sum], [2, 10])
    assert.ok((window?.seconds ?? 999) < 60)
    const { value, seconds } = familyOf(families, 'worker', 'state').series[0] ?? assert.fail()
    assert.equal(value, busy ? 'busy' : 'idle')
    for (const spent of Object.values(seconds)) assert.ok(spent >= 0 && spent < 60, `${spent} s`)
    const { rates } = familyOf(families, 'mails', 'meter').series[0] ?? assert.fail()
    assert.ok((rates?.m15 ?? 0) > 1 && (rates?.mean ?? 0) > 1, JSON.stringify(rates))
    const { recent } = familyOf(families, 'runs', 'timer').series[0] ?? assert.fail()
    assert.deepEqual([recent?.['1m']?.count, recent?.['1m']?.sum], [1, 0.5])
    assert.ok((recent?.['5m']?.seconds ?? 999) < 60)
  }
  queue.set(7)
  queue.set(3)
  sizes.record(4)
  sizes.record(6)
  mails.mark(500)
  runs.record(0.5)
  registry.tick()
  for (const [i, by] of [0, -hour, 25 * hour].entries()) {
    setClock(by)
    worker.set(i % 2 === 0 ? 'busy' : 'idle')
    for (const ticks of [0, 1]) {
      for (let n = 0; n < ticks; n++) registry.tick()
      check(registry.read().families, i % 2 === 0)
      check(fromPage(publication), i % 2 === 0)
    }
  }
  publication.close()
  setClock(-24 * hour)
  check(fromPage(publication), true)
})

test('The value that was set last is the last one, whatever clock it was set by', async (t) => {
  const { dir, writers, setClock } = begin(t, 3)
  const door = writers.map(({ registry }) => registry.gauge('door', { aggregation: 'last' }))
  const last = (): GaugeSeries => {
    const { families } = fleet('clock', { dir }).read()
    return familyOf(families, 'door', 'gauge').series[0] ?? assert.fail()
  }
  for (const [i, by] of [0, -hour, 25 * hour, -hour, 0].entries()) {
    setClock(by)
    // The first one is gone after its turn, and its numbers stay as it left them.
    if (i === 1) writers[0]?.publication.close()
    const gauge = door[i % 2 === 0 ? 2 : 1] ?? assert.fail()
    if (i === 0) door[0]?.set(100)
    // A wall clock tells whole milliseconds.
    await delay(5)
    gauge.set(i)
    const { value, setAt = 0 } = last()
    assert.equal(value, i)
    assert.ok(Math.abs(Date.now() / 1000 - setAt) < 60, `set ${Date.now() / 1000 - setAt} s ago`)
  }
})

test('A gauge that never was set was set at no time, and an exemplar at that of the clock as it is now', (t) => {
  const { writers, setClock } = begin(t, 1)
  const { registry, publication } = writers[0] ?? assert.fail()
  registry.gauge('never', { aggregation: 'last' })
  registry.counter('sent', { exemplars: true }).addWithExemplar(1, { id: 'a' })
  for (const by of [0, -hour, 25 * hour]) {
    setClock(by)
    for (const families of [registry.read().families, fromPage(publication)]) {
      assert.equal(familyOf(families, 'never', 'gauge').series[0]?.setAt, 0)
      const [exemplar] = familyOf(families, 'sent', 'counter').series[0]?.exemplars ?? []
      assert.ok(Math.abs(Date.now() / 1000 - (exemplar?.time ?? 0)) < 60)
    }
  }
})
