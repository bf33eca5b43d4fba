import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import { HistoryStore } from '#src/dashboard/history/history-store.ts'
import type { ProcessHistory } from '#src/dashboard/history/process-history.ts'
import { processRow } from '#src/dashboard/process-row.ts'
import type { PageInfo } from '#src/snapshot/snapshot.ts'

const start = 1_790_000_000

function processOf(state: PageInfo['state']): ProcessHistory {
  const registry = new Registry()
  const delay = registry.histogram('nodejs.eventloop.delay', { unit: 's' })
  registry.gauge('process.memory.usage', { unit: 'By' }).set(100)
  const store = new HistoryStore(1e6)
  for (let second = 0; second < 3; second++) {
    delay.record(0.001)
    const read = registry.read()
    const page = { ...(read.pages[0] as PageInfo), app: 'shop', state, startedAt: start, heartbeatAge: 4 }
    store.take(store.processOf(page), { ...read, takenAt: start + second, pages: [page] }, start + second)
  }
  return [...store.processes.values()][0] as ProcessHistory
}

test('the numbers of the list are those of the last minute, as in plimsoll ls and top', () => {
  const process = processOf('live')
  const ofSecond = processRow(process, start + 192)
  assert.ok((ofSecond.load.loop ?? 0) < 0.002)
  assert.equal(ofSecond.up, '3m12s')
  process.minute = {
    delay: 0.5,
    gcShare: 0.01,
    requestRate: 2.5,
    requestP50: 0.1,
    requestP99: undefined,
    errorRate: 0.25,
  }
  assert.deepEqual(processRow(process, start + 192).load, { rss: 100, loop: 0.5, requests: 2.5, errors: 0.25 })
})

test('of a blocked process the list has what the kernel counts, and for how long it is blocked', () => {
  const process = processOf('blocked')
  process.kernel = { cpu: 0.9, meanCpu: 0.1, cpuSeconds: 1, rss: 300 }
  assert.deepEqual(processRow(process, start + 9).load, { cpu: 0.9, rss: 300, loop: 4 })
})
