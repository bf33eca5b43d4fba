import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatOpenMetrics, openMetricsContentType } from 'plimsoll/formats'
import type { Labels, PageInfo, Snapshot } from 'plimsoll/snapshot'
import { everyKind } from '../../support/snapshots.ts'

test('The OpenMetrics text has units, the start of the oldest process, and an end', () => {
  const wanted = new Set(['build.version', 'heap.used', 'web.requests', 'web.size'])
  const snapshot = { ...everyKind, families: everyKind.families.filter(({ name }) => wanted.has(name)) }
  assert.equal(
    formatOpenMetrics(snapshot, { created: true }),
    `# TYPE build_version info
# HELP build_version What runs
build_version_info{part="app",value="1.0 \\"β\\"\\n"} 1
build_version_info{part="node",value="v20.19.5"} 1
build_version_info{part="node",value="v22.3.0"} 1
# TYPE heap_used_bytes gauge
# UNIT heap_used_bytes bytes
# HELP heap_used_bytes Heap in use
heap_used_bytes 1536
# TYPE web_requests counter
# HELP web_requests Requests answered
web_requests_total{route="/",status="200"} 3
web_requests_created{route="/",status="200"} 1789999000.25
web_requests_total{route="/x",status="500"} 1.5
web_requests_created{route="/x",status="500"} 1789999000.25
web_requests_total{overflow="true"} 1
web_requests_created{overflow="true"} 1789999000.25
# TYPE web_size_bytes histogram
# UNIT web_size_bytes bytes
# HELP web_size_bytes Size of an answer
web_size_bytes_bucket{le="1000.0"} 1
web_size_bytes_bucket{le="2000.0"} 2
web_size_bytes_bucket{le="+Inf"} 3
web_size_bytes_sum 5100
web_size_bytes_count 3
web_size_bytes_created 1789999000.25
# EOF
`,
  )
})

test('There are creation times where they are asked for, and some page tells them', () => {
  assert.doesNotMatch(formatOpenMetrics(everyKind), /_created/)
  assert.doesNotMatch(formatOpenMetrics({ ...everyKind, pages: [] }, { created: true }), /_created/)
})

test('The creation time of a series by worker is the start of its page, that of an app the earliest of its pages', () => {
  const page = (app: string, pid: number, startedAt: number, state: 'live' | 'archived' = 'live'): PageInfo => {
    return { file: null, pid, tid: 0, app, host: 'h', startedAt, state, heartbeatAge: 0 }
  }
  const pages = [page('shop', 7, 300), page('shop', 8, 200), page('shop', 1, 50, 'archived'), page('mail', 9, 100)]
  const sets: Labels[] = [
    { app: 'shop', worker: '', pid: '7', tid: '0' },
    { app: 'shop', worker: '', pid: '8', tid: '0' },
    { app: 'shop', worker: 'archived', pid: '', tid: '' },
    { app: 'shop' },
    { app: 'mail' },
    { app: 'none' },
    { pid: '7' },
    {},
  ]
  const series = sets.map((labels) => ({ labels, value: 1 }))
  const labelNames = ['app', 'worker', 'pid', 'tid']
  const family = { name: 'a', kind: 'counter', unit: '', help: '', labelNames, series } as const
  const text = formatOpenMetrics({ version: 1, takenAt: 0, pages, families: [family] }, { created: true })
  assert.deepEqual(
    [...text.matchAll(/_created\S* (\d+)$/gm)].map(([, at]) => Number(at)),
    [300, 200, 50, 50, 100, 50, 50, 50],
  )
})

test('An empty snapshot is the end mark alone', () => {
  assert.equal(formatOpenMetrics({ version: 1, takenAt: 0, pages: [], families: [] }), '# EOF\n')
})

test('The content type is the one that the standard asks for', () => {
  assert.equal(openMetricsContentType, 'application/openmetrics-text; version=1.0.0; charset=utf-8')
})

test('What the standard forbids is left out: sinking counters, sums that can sink; quotes in help are escaped', () => {
  const labels = {}
  const head = { unit: '', help: 'a "b"', labelNames: [] }
  const buckets = { bounds: [-1, 1e6], counts: [1, 2, 0] }
  const snapshot: Snapshot = {
    version: 1,
    takenAt: 0,
    pages: [],
    families: [
      {
        ...head,
        name: 'c',
        kind: 'counter',
        series: [
          { labels: { a: '1' }, value: Number.NaN },
          { labels: { a: '2' }, value: -1 },
        ],
      },
      { ...head, name: 'h', kind: 'histogram', series: [{ labels, count: 3, sum: 4, min: -2, max: 5, buckets }] },
    ],
  }
  assert.equal(
    formatOpenMetrics(snapshot),
    `# TYPE c counter
# HELP c a \\"b\\"
# TYPE h histogram
# HELP h a \\"b\\"
h_bucket{le="-1.0"} 1
h_bucket{le="1e+06"} 3
h_bucket{le="+Inf"} 3
# EOF
`,
  )
})
