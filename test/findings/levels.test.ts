import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Registry } from 'plimsoll'
import { createTestRegistry } from 'plimsoll/testing'
import { type Finding, folded } from '#src/findings/finding.ts'
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

function found(state: PageState, fill: (registry: Registry) => void): Finding[] {
  const { registry, advance } = createTestRegistry()
  advance(10)
  fill(registry)
  advance(10)
  return findingsOf({ ...registry.read(), takenAt: now, pages: [page(state)] })
}

const busy = (registry: Registry): void => registry.gauge('nodejs.eventloop.utilization').set(0.97)

test('nobody is advised to profile a process that has ended', () => {
  const adviceOf = (state: PageState): string | undefined =>
    found(state, busy).find(({ rule }) => rule === 'loop-busy')?.advice
  assert.match(adviceOf('live') ?? '', /^Run "plimsoll profile 7"/)
  assert.equal(adviceOf('killed'), 'So it was in the minute before it ended.')
})

test('where nothing shows why a process was killed, its log is named, as a heap may fill between two samples', () => {
  const heap =
    (used: number) =>
    (registry: Registry): void => {
      registry.gauge('nodejs.memory.heap.limit', { unit: 'By' }).set(256 * 2 ** 20)
      registry.gauge('nodejs.memory.heap.used', { unit: 'By' }).set(used * 2 ** 20)
    }
  const [killed] = found('killed', heap(120))
  assert.deepEqual([killed?.severity, killed?.text], ['note', 'killed by a signal, no sign of an error'])
  const [maybe] = found('killed', heap(160))
  const text = 'killed by a signal, or out of memory: heap at 63 % of its limit, 160 MiB of 256 MiB'
  assert.deepEqual([maybe?.severity, maybe?.text], ['warning', text])
  for (const one of [killed, maybe]) assert.match(one?.advice ?? '', /its log says "heap out of memory"/)
})

test('what a process did last is no finding if it exited; if it was killed, that comes first', () => {
  assert.deepEqual(found('exited', busy), [])
  assert.deepEqual(
    found('killed', busy).map(({ rule, severity }) => [rule, severity]),
    [
      ['killed', 'note'],
      ['loop-busy', 'warning'],
    ],
  )
  const thrown = (registry: Registry): void => registry.counter('nodejs.uncaught_exceptions').inc()
  assert.deepEqual(
    found('exited', thrown).map(({ rule }) => rule),
    ['exceptions'],
  )
})

test('an app that loads is busy, which is nothing wrong', () => {
  const { registry, advance } = createTestRegistry()
  busy(registry)
  advance(10)
  const rulesOf = (startedAt: number): string[] =>
    findingsOf({ ...registry.read(), takenAt: now, pages: [page('live', { startedAt })] }).map(({ rule }) => rule)
  assert.deepEqual(rulesOf(now - 4), [])
  assert.deepEqual(rulesOf(now - 14), ['loop-busy'])
})

test('after a crash loop there is one line for each app, with the process that ended last', () => {
  const crashed = (app: string, pid: number, heartbeatAge: number): Finding => ({
    rule: 'killed',
    severity: 'error',
    text: 'killed: uncaught exception or rejection',
    advice: 'Its log has the stack.',
    page: page('killed', { app, pid, heartbeatAge }),
  })
  const some = [
    crashed('mail', 1, 9),
    ...[5, 4, 2, 3].map((age) => crashed('shop', 20 - age, age)),
    crashed('mail', 2, 8),
  ]
  assert.deepEqual(
    folded(some).map((one) => findingLine(one, `${one.page?.app} ${one.page?.pid}`)),
    [
      '✖ mail 1: killed: uncaught exception or rejection, 9.0s ago',
      '✖ mail 2: killed: uncaught exception or rejection, 8.0s ago',
      '✖ shop 18 and 3 more: killed: uncaught exception or rejection, 2.0s ago',
    ],
  )
  assert.deepEqual(
    folded(some).map(({ alike }) => alike.map(({ page: { pid } = {} }) => pid)),
    [[1], [2], [15, 16, 18, 17]],
  )
})

test('an event loop that stood still once in a thousand samples is found', () => {
  const delays =
    (longest: number) =>
    (registry: Registry): void => {
      const delay = registry.histogram('nodejs.eventloop.delay', { unit: 's' })
      for (let i = 0; i < 1000; i++) delay.record(0.002)
      delay.record(longest)
    }
  assert.deepEqual(found('live', delays(0.9)), [])
  const [stop] = found('live', delays(3))
  assert.match(stop?.text ?? '', /^event loop late by (2\.99|3) s at worst in the last minute$/)
  assert.match(stop?.advice ?? '', /^Run "plimsoll profile 7 --seconds 60"/)
})

test('one stop of a process that is idle, with few samples, is no percentile; two are', () => {
  const idle =
    (...stops: number[]) =>
    (registry: Registry): void => {
      const delay = registry.histogram('nodejs.eventloop.delay', { unit: 's' })
      for (let i = 0; i < 50; i++) delay.record(0.002)
      for (const stop of stops) delay.record(stop)
    }
  assert.deepEqual(found('live', idle(0.9)), [])
  const [once] = found('live', idle(9))
  assert.deepEqual([once?.severity, once?.text], ['warning', 'event loop late by 9 s at worst in the last minute'])
  const [twice] = found('live', idle(0.3, 9))
  assert.match(twice?.text ?? '', /^event loop late by (29\d|30\d) ms \(p99 of the last minute\)$/)
})

test('a heap is full when there is no room for old objects, however many young ones there are', () => {
  const heap =
    (young: number) =>
    (registry: Registry): void => {
      registry.gauge('nodejs.memory.heap.limit', { unit: 'By' }).set(100e6)
      registry.gauge('nodejs.memory.heap.used', { unit: 'By' }).set(90e6)
      registry
        .gauge('v8js.memory.heap.used', { unit: 'By', labels: ['v8js_heap_space_name'] })
        .labels({ v8js_heap_space_name: 'new_space' })
        .set(young)
    }
  assert.deepEqual(found('live', heap(20e6)), [])
  assert.match(found('live', heap(5e6))[0]?.text ?? '', /^heap at 85 % of its limit/)
  assert.match(found('killed', heap(5e6))[0]?.text ?? '', /^killed: probably out of memory, heap at 85 % of its limit/)
})
