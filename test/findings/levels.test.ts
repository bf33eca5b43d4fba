import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from '#src/findings/finding.ts'
import { findingsOf } from '#src/findings/findings.ts'
import { becameWords, findingLine, levelOf, levelOfFinding, markedState } from '#src/findings/levels.ts'
import type { PageInfo, PageState } from '#src/snapshot/snapshot.ts'

const now = 1_790_000_000

function page(state: PageState, more: Partial<PageInfo> = {}): PageInfo {
  return { file: null, pid: 7, tid: 0, app: 'shop', host: 'a', startedAt: now - 100, state, heartbeatAge: 4.2, ...more }
}

function finding(severity: Finding['severity'], about?: PageInfo): Finding {
  return { rule: 'x', severity, text: 'heap at 93 % of its limit', advice: '', ...(about && { page: about }) }
}

test('each state has one mark: a blocked process is the worst, then a killed one; one that has ended is quiet', () => {
  const states = (['live', 'blocked', 'killed', 'exited', 'archived'] as const).map((state) =>
    markedState(page(state), now),
  )
  assert.deepEqual(states, [
    '● live',
    '✖ blocked 4.2s',
    '▲ killed 4.2s ago',
    '○ exited 4.2s ago',
    '○ archived 4.2s ago',
  ])
  assert.equal(markedState(page('exited', { endedAt: now - 65 }), now), '○ exited 1m05s ago')
  assert.deepEqual((['live', 'blocked', 'killed'] as const).map(becameWords), [
    'is live again',
    'is blocked',
    'was killed',
  ])
})

test('a finding that is worse than the state changes the mark; a note does not', () => {
  assert.equal(levelOf(page('live'), [finding('warning')]), 'warning')
  assert.equal(levelOf(page('killed'), [finding('error')]), 'error')
  assert.equal(levelOf(page('blocked'), [finding('warning')]), 'error')
  assert.equal(levelOf(page('live'), [finding('note')]), 'live')
  assert.equal(levelOfFinding(finding('note', page('killed'))), 'warning')
  assert.equal(findingLine(finding('warning'), 'shop 7'), '▲ shop 7: heap at 93 % of its limit')
  assert.equal(findingLine(finding('error')), '✖ heap at 93 % of its limit')
})

test('nobody is advised to profile a process that has ended', () => {
  const busy = {
    name: 'nodejs.eventloop.utilization',
    kind: 'gauge',
    unit: '',
    help: '',
    labelNames: [],
    aggregation: 'sum',
    series: [{ labels: {}, value: 0.97 }],
  } as const
  const adviceOf = (state: PageState): string | undefined => {
    const snapshot = { version: 1, takenAt: now, pages: [page(state)], families: [busy] } as const
    return findingsOf(snapshot).find(({ rule }) => rule === 'loop-busy')?.advice
  }
  assert.match(adviceOf('live') ?? '', /^Run "plimsoll profile 7"/)
  assert.equal(adviceOf('killed'), 'So it was in the minute before it ended.')
})
