import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listPages, readPage } from 'plimsoll/page'
import { quantile, recentRate } from 'plimsoll/snapshot'
import { distributionOf } from '../support/distributions.ts'
import { newFolder, start, suspend, until } from './processes.ts'

test('recent windows are read from the page alone: of an app at work, stopped, going on and killed', async (t) => {
  const dir = newFolder(t)
  const began = performance.now()
  const app = start(t, 'windows', [dir])
  assert.equal(await app.line(), 'ready')
  const look = () => {
    const page = readPage(listPages(dir)[0] ?? '')
    const elapsed = (performance.now() - began) / 1000
    return ['latency', 'sizes'].map((name) => {
      const { count, recent } = distributionOf(page, name)
      const { '1m': minute, '5m': five } = recent ?? {}
      if (minute === undefined || five === undefined) return undefined
      // No window is older than the app, and the app is young: it has all values in it.
      assert.deepEqual([minute.count, five.count, five.seconds], [count, count, minute.seconds])
      assert(minute.seconds <= elapsed, `${minute.seconds} s, where the app has run for ${elapsed} s`)
      const rate = recentRate(minute) ?? 0
      assert(Math.abs(rate - count / minute.seconds) < 1e-6 * rate, `${rate} a second`)
      return { count, seconds: minute.seconds, rate, p99: quantile(minute, 0.99) ?? 0, takenAt: page.takenAt }
    })
  }
  const both = () => look().map((one) => one ?? assert.fail('no window'))
  await until('there are windows', 5, () => look().every((one) => one !== undefined && one.seconds > 0.5))
  assert(Math.abs((both()[0]?.p99 ?? 0) - 0.02) < 0.02 * 0.011)

  await suspend(app)
  const stopped = both()
  const later = await until('time passes', 5, () => {
    const seen = both()
    return seen.every(({ takenAt }, i) => takenAt > (stopped[i]?.takenAt ?? 0) + 0.5) && seen
  })
  t.diagnostic(JSON.stringify([stopped, later]))
  for (const [i, { count, seconds, takenAt, rate }] of later.entries()) {
    const before = stopped[i] ?? assert.fail()
    assert.equal(count, before.count)
    // A reader looks at two clocks, one after the other, and may have to wait for the processor between them.
    assert(Math.abs(seconds - before.seconds - (takenAt - before.takenAt)) < 0.1 && rate < before.rate)
  }
  app.child.kill('SIGCONT')
  await until('it goes on', 5, () => both().every(({ count }, i) => count > (later[i]?.count ?? 0) + 20))

  app.child.kill('SIGKILL')
  await app.ended
  const killed = both()
  const left = await until('time passes', 5, () => {
    const seen = both()
    return seen.every(({ takenAt }, i) => takenAt > (killed[i]?.takenAt ?? 0) + 0.3) && seen
  })
  t.diagnostic(JSON.stringify([killed, left]))
  // Windows end at the last sign of life, whenever they are read; but for what a heartbeat's age costs in rounding.
  for (const [i, { count, seconds }] of left.entries()) {
    assert.equal(count, killed[i]?.count)
    assert(Math.abs(seconds - (killed[i]?.seconds ?? 0)) < 1e-3)
  }
})
