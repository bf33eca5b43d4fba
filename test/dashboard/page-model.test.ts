import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatValue, timeLabels } from '#src/dashboard/browser/format.ts'
import { factsOf, sectionsOf } from '#src/dashboard/browser/panels.ts'
import type { CatalogFamily, CatalogSeries, ProcessRow } from '#src/dashboard/browser/protocol.ts'
import { alonePlaces, TrackData } from '#src/dashboard/browser/track-data.ts'
import { beginOf, formatState, parseState, type ViewState } from '#src/dashboard/browser/view-state.ts'

test('numbers of the page have few digits and the unit of their magnitude', () => {
  const cases: [number | null, string, boolean, string][] = [
    [0.0123, 's', false, '12.3 ms'],
    [0.25, 's', true, '25 %'],
    [0.5, '1', false, '50 %'],
    [0, 's', false, '0 s'],
    [0, '', true, '0/s'],
    [1234, '', true, '1,234/s'],
    [12_345, '', false, '12.3k'],
    [70 * 2 ** 20, 'By', false, '70 MiB'],
    [1500, 'KiBy', false, '1.46 MiB'],
    [250, 'ms', false, '250 ms'],
    [0.9999, 's', false, '1 s'],
    [999.9, 'ms', false, '1 s'],
    [21, 'Cel', false, '21 Cel'],
    [3, '{job}', false, '3'],
    [null, 's', false, '–'],
    [Number.NaN, 's', false, '–'],
    [0.00042, '', false, '0.00042'],
    [-0.5, 's', false, '-500 ms'],
  ]
  for (const [value, unit, perSecond, text] of cases) assert.equal(formatValue(value, unit, perSecond), text)
})

test('the view is in the address, and what is no view of ours is left out', () => {
  const state: ViewState = {
    app: '@acme/shop & co',
    process: '12/3',
    range: 900,
    pins: ['a:b', 'c'],
    views: { 'a:b': 'heat', c: 'p50' },
    window: [1_790_000_000, 1_790_000_060],
  }
  assert.deepEqual(parseState(formatState(state).slice(1)), state)
  const none = { app: undefined, process: undefined, range: 300, pins: [], views: {}, window: undefined }
  assert.deepEqual(parseState('?range=7&window=9-3&view=:heat&x=y'), none)
  assert.equal(formatState(none), '/')
})

test('charts begin with what the server has, at least a minute ago, and not before the range', () => {
  const cases = [
    [300, 990, 1000, 940],
    [300, 800, 1000, 800],
    [300, 500, 1000, 700],
    [60, 800, 1000, 940],
  ] as const
  for (const [range, since, now, from] of cases) assert.equal(beginOf(range, since, now), from)
})

test('times stand below a chart where there is room for them', () => {
  const noon = new Date(2026, 10, 26, 12).getTime() / 1000
  const times = [noon, noon + 15, noon + 30, noon + 45, noon + 60]
  assert.deepEqual(timeLabels(times, [noon, noon + 60], 308, 8), ['', '12:00:15', '12:00:30', '12:00:45', ''])
  assert.deepEqual(timeLabels([noon], [noon - 30, noon + 30], 308, 8), ['12:00'])
})

test('lines that were read at different times share their times, and sums their values', () => {
  const data = new TrackData()
  data.load({ 1: { times: [10, 11, 12], values: [1, null, 3] }, 2: { times: [11, 12], values: [5, 6] } })
  data.add(
    13,
    [
      [1, 4],
      [2, 7],
      [9, 1],
    ],
    3600,
  )
  data.add(13, [[1, 99]], 3600)
  assert.deepEqual(data.align([[1], [2], [1, 2]], 10, 13), [
    [11, 12, 13],
    [null, 3, 4],
    [5, 6, 7],
    [5, 9, 11],
  ])
  assert.equal(data.last([1, 2]), 11)
  // An answer that was on its way meanwhile.
  data.load({ 1: { times: [11, 12], values: [2, 3] } })
  assert.deepEqual(data.align([[1]], 10, 13), [
    [11, 12, 13],
    [2, 3, 4],
  ])
  assert.equal(data.has(9), false)
})

const row = (id: number, pid: number): ProcessRow => ({
  id,
  app: 'shop',
  pid,
  tid: 0,
  host: 'web',
  state: 'live',
  startedAt: 1,
  up: '9.0s',
  heartbeatAge: 0,
  endedAt: null,
  level: 'live',
  mark: '●',
  words: 'live',
  load: {},
  judged: {},
  tracks: {},
})
let next = 100
function series(statistics: readonly string[], more: Partial<CatalogSeries> = {}): CatalogSeries {
  const track = (statistic: string) => ({ id: next++, statistic, unit: 's', perSecond: statistic === 'rate' })
  return { tracks: statistics.map(track), ...more }
}
function family(name: string, kind: string, process: number, all: readonly CatalogSeries[]): CatalogFamily {
  return { name, kind, unit: 's', help: '', process, series: all }
}

test('a value between gaps is drawn as a point, one that a line leads to is not', () => {
  assert.deepEqual(alonePlaces([null, 1, null, 2, 3, null, undefined, 4, undefined, 5, undefined, null]), [1])
  assert.deepEqual(alonePlaces([undefined, 1, undefined, null, undefined]), [1])
  assert.deepEqual(alonePlaces([undefined, undefined, 7]), [2])
  assert.deepEqual(alonePlaces([1, 2]), [])
  assert.deepEqual(alonePlaces([null]), [])
})

describe('A dashboard', () => {
  test('has the vital signs first, then HTTP, then what the app measures, then the rest of Node', () => {
    const names = ['v8js.gc.duration', 'cart.items', 'http.server.requests', 'process.cpu.time', 'plimsoll.rejected']
    const all = names.map((name) => family(name, 'counter', 1, [series(['rate'], { labels: {} })]))
    const titles = sectionsOf(all, [row(1, 11)]).map(({ title }) => title)
    assert.deepEqual(titles, ['Vital signs', 'HTTP', 'cart', 'Garbage collection', 'plimsoll'])
  })

  test('compares processes line by line, and sums labels over processes', () => {
    const one = (process: number): CatalogFamily =>
      family('http.requests', 'counter', process, [
        series(['rate']),
        series(['rate'], { labels: { status: '200' } }),
        series(['rate'], { labels: { status: '500' } }),
      ])
    const families = [one(2), one(1)]
    const [panel] = sectionsOf(families, [row(1, 11), row(2, 12)])[0]?.panels ?? []
    const [byProcess, byLabel] = panel?.views ?? []
    assert.deepEqual(
      byProcess?.lines.map(({ label, process }) => [label, process]),
      [
        ['11', 1],
        ['12', 2],
      ],
    )
    assert.deepEqual(
      byLabel?.lines.map(({ label, tracks }) => [label, tracks.length]),
      [
        ['200', 2],
        ['500', 2],
      ],
    )
  })

  test('has the labels in a legend that differ', () => {
    const labels = (status: string, route: string) => ({ labels: { method: 'GET', status, route } })
    const one = (process: number, route = '/'): CatalogFamily =>
      family('http.requests', 'counter', process, [
        series(['rate']),
        series(['rate'], labels('200', route)),
        series(['rate'], labels('500', '/')),
      ])
    const textsOf = (families: readonly CatalogFamily[], rows: readonly ProcessRow[]) =>
      sectionsOf(families, rows)[0]
        ?.panels[0]?.views.at(-1)
        ?.lines.map(({ label }) => label)
    assert.deepEqual(textsOf([one(1)], [row(1, 11)]), ['200', '500'])
    assert.deepEqual(textsOf([one(1), one(2)], [row(1, 11), row(2, 12)]), ['200', '500'])
    assert.deepEqual(textsOf([one(1, '/a')], [row(1, 11)]), ['status=200 route=/a', 'status=500 route=/'])
  })

  test('compares time by what the processes were doing, never with idle time added', () => {
    const one = (process: number): CatalogFamily => ({
      ...family('nodejs.eventloop.time', 'counter', process, [
        series(['rate']),
        series(['rate'], { labels: { state: 'active' } }),
        series(['rate'], { labels: { state: 'idle' } }),
      ]),
      isAllTime: true,
    })
    const [panel] = sectionsOf([one(1), one(2)], [row(1, 11), row(2, 12)])[0]?.panels ?? []
    assert.deepEqual(
      panel?.views.map(({ id, lines }) => [id, lines.map(({ label, tracks }) => [label, tracks.length])]),
      ['active', 'idle'].map((id) => [
        id,
        [
          ['11', 1],
          ['12', 1],
        ],
      ]),
    )
  })

  test('shows quantiles of one process, and its heat map', () => {
    const timer = family('latency', 'timer', 1, [series(['p50', 'p90', 'p99', 'rate'], { labels: {}, heat: 77 })])
    const [panel] = sectionsOf([timer], [row(1, 11)])[0]?.panels ?? []
    assert.deepEqual(
      panel?.views.map(({ id }) => id),
      ['quantiles', 'rate', 'heat'],
    )
    assert.deepEqual(
      panel?.views[0]?.lines.map(({ label }) => label),
      ['p99', 'p90', 'p50'],
    )
    assert.deepEqual(panel?.views[2]?.heats, [77])
  })

  test('makes a number that never changed no chart, and lists texts and constants as facts', () => {
    const gauge = family('pool.size', 'gauge', 1, [
      { labels: {}, tracks: [{ id: 5, statistic: 'value', unit: '', perSecond: false, flat: 4 }] },
    ])
    assert.equal(sectionsOf([gauge], [row(1, 11)])[0]?.panels[0]?.flat, 4)
    // A process that has just started has no value yet.
    const fresh = family('pool.size', 'gauge', 2, [
      { labels: {}, tracks: [{ id: 6, statistic: 'value', unit: '', perSecond: false, isNew: true }] },
    ])
    assert.equal(sectionsOf([gauge, fresh], [row(1, 11), row(2, 12)])[0]?.panels[0]?.flat, 4)
    const info = family('build', 'info', 1, [series([], { labels: { version: '1.2', commit: 'abc' } })])
    const text = family('mode', 'text', 1, [series([], { labels: {}, text: 'canary' })])
    const facts = factsOf([info, text, { ...text, process: 9 }], new Set([1]))
    assert.deepEqual(
      facts.map(({ metric, labels, text: said }) => [metric, labels, said]),
      [
        ['build', 'version', '1.2'],
        ['build', 'commit', 'abc'],
        ['mode', '', 'canary'],
      ],
    )
  })
})
