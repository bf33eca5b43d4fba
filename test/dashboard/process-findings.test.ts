import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Registry } from 'plimsoll'
import { findingLines } from '#src/dashboard/finding-lines.ts'
import { HistoryStore } from '#src/dashboard/history/history-store.ts'
import type { ProcessHistory } from '#src/dashboard/history/process-history.ts'
import { ProcessFindings } from '#src/dashboard/process-findings.ts'
import { processRow } from '#src/dashboard/process-row.ts'
import { slowerRequests } from '#src/dashboard/slower.ts'
import type { PageInfo } from '#src/snapshot/snapshot.ts'

const start = 1_790_000_000

/** A process with requests that take what is given for each second; `undefined` for none. */
function processWith(seconds: number, latency: (second: number) => number | undefined): ProcessHistory {
  const registry = new Registry()
  const duration = registry.timer('http.server.request.duration', { labels: ['http_route'] })
  const store = new HistoryStore(1e6)
  for (let second = 0; second <= seconds; second++) {
    const taken = latency(second)
    if (taken !== undefined) duration.labels({ http_route: '/' }).record(taken)
    const read = registry.read()
    const page = { ...(read.pages[0] as PageInfo), app: 'shop', state: 'live', startedAt: start - 9 } as const
    store.take(store.processOf(page), { ...read, takenAt: start + second, pages: [page] }, start + second)
  }
  return [...store.processes.values()][0] as ProcessHistory
}

describe('Requests that have become slower', () => {
  test('are found with what they took before, since the second in which it began', () => {
    const process = processWith(400, (second) => (second < 343 ? 0.02 : 2))
    const found = slowerRequests(process, start + 400)
    assert.equal(found?.since, start + 343)
    assert.match(found?.text ?? '', /^requests slower: p99 (1\.9\d|2(\.0\d)?) s, before (19\.\d|20(\.\d)?) ms$/)
    const row = processRow(process, start + 400, found && [found])
    assert.deepEqual([row.level, row.judged], ['warning', { latency: 'warning' }])
  })

  test('are found for as long as there are points from before, also where some requests are fast', () => {
    const process = processWith(3000, (second) => (second < 900 ? 0.02 : second % 10 === 0 ? 0.02 : 2))
    const { since = 0 } = slowerRequests(process, start + 3000) ?? {}
    assert.ok(since >= start + 895 && since <= start + 910, String(since - start))
  })

  test('are not found where they always were slow, are so now and then, or differ by little', () => {
    const cases: [string, (second: number) => number | undefined][] = [
      ['always', () => 2],
      ['now and then', (second) => (second % 30 < 10 ? 2 : 0.02)],
      ['for ten seconds', (second) => (second < 390 ? 0.02 : 2)],
      ['by little', (second) => (second < 300 ? 0.001 : 0.02)],
      ['new', (second) => (second < 300 ? undefined : second < 350 ? 0.02 : 2)],
      ['over', (second) => (second > 200 && second < 300 ? 2 : 0.02)],
    ]
    for (const [name, latency] of cases)
      assert.equal(slowerRequests(processWith(400, latency), start + 400), undefined, name)
  })
})

describe('A finding', () => {
  const late = { rule: 'loop-delay', severity: 'warning', text: 'event loop late by 1 s', advice: '' } as const
  const process = processWith(1, () => undefined)

  test('has the time since when it is so, also where it was away for less than a minute', () => {
    const findings = new ProcessFindings()
    const at = (tick: number, isFound: boolean): number | undefined => {
      process.findings = isFound ? [late] : []
      findings.take([process], start + tick)
      return findingLines([process], (one) => findings.of(one))[0]?.since
    }
    assert.equal(at(0, false), undefined)
    assert.equal(at(30, true), start + 30)
    assert.equal(at(35, true), start + 30)
    assert.equal(at(40, false), undefined)
    assert.equal(at(90, true), start + 30)
    assert.equal(at(151, true), start + 151)
  })

  test('may be older than the server that found it at once', () => {
    const findings = new ProcessFindings()
    process.findings = [late]
    findings.take([process], start)
    const [line] = findingLines([process], (one) => findings.of(one))
    assert.deepEqual([line?.since, line?.orBefore], [start, true])
  })
})
