import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { systemClock } from '#src/clock.ts'
import { atMostEach, eachSecond } from '#src/runtime/seconds.ts'

test('What takes long is measured at its pace, and once a minute in a quiet process', (t) => {
  let now = 0
  t.mock.method(systemClock, 'now', () => now)
  const isDue = atMostEach(5)
  const measured: string[] = []
  const pass = (seconds: number, isQuiet: boolean): void => {
    for (let i = 0; i < seconds; i++) {
      now += 1000
      if (isDue({ share: 0, lateMs: 0, isQuiet })) measured.push(`${now / 1000} ${isQuiet ? 'quiet' : 'busy'}`)
    }
  }
  pass(12, false)
  pass(130, true)
  pass(6, false)
  assert.deepEqual(measured, ['1 busy', '6 busy', '11 busy', '71 quiet', '131 quiet', '143 busy', '148 busy'])
})

test('A process is quiet when all was measured twice since its event loop is idle, and no longer with the first busy second', (t) => {
  let now = 0
  let utilization = 0
  t.mock.method(systemClock, 'now', () => now)
  t.mock.method(performance, 'eventLoopUtilization', () => ({ idle: 0, active: 0, utilization }))
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const quiet: boolean[] = []
  t.after(eachSecond((interval) => interval && quiet.push(interval.isQuiet)))
  const pass = (seconds: number): void => {
    for (let i = 0; i < seconds * 10; i++) {
      now += 100
      t.mock.timers.tick(100)
    }
  }
  pass(35)
  assert.deepEqual(quiet, [false, false, true, true])
  utilization = 0.5
  pass(2)
  utilization = 0
  pass(12)
  assert.deepEqual(quiet.slice(4), [false, false, false, false])
})
