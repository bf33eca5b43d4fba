import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FamilySnapshot } from 'plimsoll/snapshot'
import { drive } from './drive.ts'
import { counter, gauge, page } from './fake-pages.ts'

test('of a process that has ended, what it counted in all is shown', () => {
  const top = drive(() => [page(4711, { state: 'killed', heartbeatAge: 9 }, [counter('jobs.done', 42)])])
  top.pass(1)
  top.type('enter')
  top.pass(2)
  assert.match(top.text(), /METRIC +AT ITS END/)
  assert.match(top.text(), /jobs\.done +42 /)
})

test('on a wide screen numbers stand beside what they are of', () => {
  const top = drive(() => [page(4711, {}, [gauge('queue.length', 7)])])
  top.pass(1)
  top.type('enter')
  top.pass(2)
  const line =
    top
      .text(200)
      .split('\n')
      .find((one) => one.includes('queue.length')) ?? ''
  assert.ok(line.indexOf(' 7 ') < 60, line)
})

test('a time stands in full, on a narrow screen too, beside distributions and in the comparison of workers', () => {
  const latency: FamilySnapshot = {
    name: 'latency',
    kind: 'timer',
    unit: 's',
    help: '',
    labelNames: [],
    series: [
      {
        labels: {},
        count: 4,
        sum: 1,
        buckets: { bounds: [0.1, 1], counts: [2, 2, 0] },
        recent: { '1m': { seconds: 60, count: 4, sum: 1, buckets: { bounds: [0.1, 1], counts: [2, 2, 0] } } },
      },
    ],
  }
  const started = gauge('process.start_time', 1_789_999_900, 's')
  const top = drive(() => [page(4711, {}, [latency, started]), page(4712, {}, [latency, started])])
  top.pass(1)
  top.type('enter')
  top.pass(2)
  assert.match(top.text(80), /P50 1m +P99 1m/)
  assert.match(top.text(80), /process\.start_time +2026-09-21 14:11:40 UTC/)
  top.type('c')
  top.pass(2)
  assert.match(top.text(80), /process\.start_time +2026-09-21 14:11:40 UTC +2026-09-21 14:11:40 UTC/)
})
