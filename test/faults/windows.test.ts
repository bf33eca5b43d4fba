import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { listPages, readPage } from 'plimsoll/page'
import { quantile, recentRate } from 'plimsoll/snapshot'
import { distributionOf } from '../support/distributions.ts'
import { newFolder, start, until } from './processes.ts'

test('recent windows are read from the page alone: of an app at work, stopped, going on and killed', async (t) => {
  const dir = newFolder(t)
  const app = start(t, 'windows', [dir])
  assert.equal(await app.line(), 'ready')
  const look = (isLive = true) => {
    const page = readPage(listPages(dir)[0] ?? '')
    return ['latency', 'sizes'].map((name) => {
      const { count, recent } = distributionOf(page, name)
      const { '1m': minute, '5m': five } = recent ?? {}
      if (minute === undefined || five === undefined) return undefined
      // No window is older than the app, and the app is young: it has all values in it.
      assert.deepEqual([minute.count, five.count, five.seconds], [count, count, minute.seconds])
      const rate = recentRate(minute) ?? 0
      // A killed app may have recorded for a second after its last heartbeat.
      assert(!isLive || rate <= 110, `${rate} a second, where at most 100 can be`)
      return { count, seconds: minute.seconds, rate, p99: quantile(minute, 0.99) ?? 0 }
    })
  }
  const both = (isLive = true) => look(isLive).map((one) => one ?? assert.fail('no window'))
  await until('there are windows', 5, () => look().every((one) => one !== undefined && one.seconds > 0.5))
  assert(Math.abs((both()[0]?.p99 ?? 0) - 0.02) < 0.02 * 0.011)

  app.child.kill('SIGSTOP')
  await sleep(100)
  const stopped = both()
  await sleep(1000)
  const later = both()
  t.diagnostic(JSON.stringify([stopped, later]))
  for (const [i, { count, seconds, rate }] of later.entries()) {
    assert.equal(count, stopped[i]?.count)
    assert(seconds >= (stopped[i]?.seconds ?? 0) + 0.9 && rate < (stopped[i]?.rate ?? 0))
  }
  app.child.kill('SIGCONT')
  await until('it goes on', 5, () => both().every(({ count }, i) => count > (later[i]?.count ?? 0) + 20))

  app.child.kill('SIGKILL')
  await app.ended
  const killed = both(false)
  await sleep(300)
  const left = both(false)
  t.diagnostic(JSON.stringify([killed, left]))
  // Told up to the last sign of life, whenever they are looked at; but for what a heartbeat's age costs in rounding.
  for (const [i, { count, seconds }] of left.entries()) {
    assert.equal(count, killed[i]?.count)
    assert(Math.abs(seconds - (killed[i]?.seconds ?? 0)) < 1e-3 && count > 50)
  }
})
