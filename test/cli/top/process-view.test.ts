import assert from 'node:assert/strict'
import { test } from 'node:test'
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
