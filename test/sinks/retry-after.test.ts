import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryAfterMs } from '#src/sinks/transports/retry-after.ts'

test('Retry-After has seconds or a date, and is at most a day', () => {
  const now = Date.UTC(2026, 0, 1)
  const wanted: [string | undefined, number | undefined][] = [
    ['0', 0],
    [' 120 ', 120_000],
    ['999999999', 86_400_000],
    [new Date(now + 5000).toUTCString(), 5000],
    [new Date(now - 5000).toUTCString(), 0],
    ['Thursday, 01-Jan-26 00:00:07 GMT', 7000],
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['Never mind', undefined],
  ]
  for (const [header, ms] of wanted) assert.equal(retryAfterMs(header, now), ms, header)
})
