import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import { findingLines } from '#src/dashboard/finding-lines.ts'
import { HistoryStore } from '#src/dashboard/history/history-store.ts'
import type { Finding } from '#src/findings/finding.ts'
import type { PageInfo } from '#src/snapshot/snapshot.ts'

test('what is wrong with more than three processes of an app is one line with all of them, the worst line first', () => {
  const store = new HistoryStore(1e6)
  const base = new Registry().read().pages[0] as PageInfo
  const add = (app: string, pid: number, ...findings: Finding[]): number => {
    const process = store.processOf({ ...base, app, pid, state: 'live', file: `${app}-${pid}` })
    process.findings = findings
    return process.id
  }
  const late: Finding = {
    rule: 'loop-delay',
    severity: 'warning',
    text: 'event loop late by 200 ms',
    advice: 'Profile it.',
  }
  const crashed: Finding = {
    rule: 'killed',
    severity: 'error',
    text: 'killed: uncaught exception',
    advice: 'Read its log.',
  }
  const slow = add('shop', 1, late)
  const few = [2, 3, 4].map((pid) => add('mail', pid, crashed))
  const many = [5, 6, 7, 8].map((pid) => add('shop', pid, crashed))
  const lines = findingLines(store.processes.values())
  assert.deepEqual(
    lines.map(({ app, rule, mark, processes }) => [app, rule, mark, processes]),
    [
      ...few.map((id) => ['mail', 'killed', '✖', [id]]),
      ['shop', 'killed', '✖', many],
      ['shop', 'loop-delay', '▲', [slow]],
    ],
  )
})
