import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drive } from './drive.ts'
import { gauge, observed, page } from './fake-pages.ts'

test('what a process used while it was blocked is its mean over all that time, and no peak once it goes on', () => {
  // It computes from second 4 on, and has its next heartbeat in second 24.
  const top = drive((seconds) => {
    const isBlocked = seconds > 4 && seconds < 24
    const state = isBlocked && seconds > 7 ? 'blocked' : 'live'
    const heartbeatAge = isBlocked ? seconds - 4 : 0
    return [
      page(
        1,
        { state, heartbeatAge },
        observed(seconds < 24 ? 0.1 * Math.min(4, seconds) : 18.4 + 0.1 * (seconds - 24), 1),
      ),
    ]
  })
  for (let second = 1; second <= 32; second++) {
    top.pass(1)
    const shown = top.app.history.frames.at(-1)?.rows[0]?.cpu
    assert.ok(shown === undefined || shown < 1, `${shown} in second ${second}`)
    if (second === 24) assert.equal(shown?.toFixed(2), '0.90')
    if (second === 32) assert.equal(shown?.toFixed(2), '0.10')
  }
})

test('at the first look CPU is what the process measured last, but of a blocked one, and then over the time between two heartbeats', () => {
  const top = drive((seconds) => {
    // Its second heartbeat is in second 3: until then the same one is read again, some microseconds off.
    const heartbeatAge = seconds < 3 ? seconds * 0.99999 : 0
    const families = [...observed(seconds < 3 ? 1 : 2.5, 1), gauge('process.cpu.usage', 0.42, '{cpu}')]
    return [page(1, { heartbeatAge }, families), page(2, { state: 'blocked', heartbeatAge: seconds + 4 }, families)]
  })
  const shown = (): (string | undefined)[] =>
    (top.app.history.frames.at(-1)?.rows ?? []).map(({ cpu }) => cpu?.toFixed(2))
  top.pass(1)
  assert.deepEqual(shown(), ['0.42', undefined])
  top.pass(1)
  assert.deepEqual(shown(), ['0.42', undefined])
  top.pass(1)
  assert.equal(shown()[0], '0.50')
})
