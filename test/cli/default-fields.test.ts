import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import { defaultFields } from '#src/cli/select/default-fields.ts'
import type { PageState, Snapshot } from '#src/snapshot/snapshot.ts'

function pageOf(state: PageState, registry: Registry): Snapshot {
  const page = { file: null, pid: 7, tid: 0, app: 'shop', host: 'a', startedAt: 0, heartbeatAge: 0, state }
  return { ...registry.read(), pages: [page] }
}

test('what only ended processes have counted takes no column from what changes', () => {
  const jobs = new Registry()
  jobs.counter('jobs.done').add(2)
  const mails = new Registry()
  mails.counter('mails.sent').add(1000)
  mails.timer('mails.time').record(0.25)
  const fields = (state: PageState): string[] =>
    defaultFields([pageOf('live', jobs), pageOf(state, mails)], 8).map(({ text }) => text)
  for (const state of ['killed', 'exited', 'archived'] as const) assert.deepEqual(fields(state), ['jobs.done'])
  assert.deepEqual(fields('blocked'), ['mails.sent', 'mails.time.p50', 'mails.time.p99', 'jobs.done'])
  const ended = defaultFields([pageOf('killed', mails)], 8).map(({ text }) => text)
  assert.deepEqual(ended, ['mails.sent', 'mails.time.p50', 'mails.time.p99'])
})
