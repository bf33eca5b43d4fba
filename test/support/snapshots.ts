import type { Snapshot } from 'plimsoll/snapshot'

/** A snapshot by hand with each kind of metric, small enough to write its text down. */
export const everyKind: Snapshot = {
  version: 1,
  takenAt: 1_790_000_000.5,
  pages: [
    {
      file: null,
      pid: 7,
      tid: 0,
      app: 'shop',
      host: 'a',
      startedAt: 1_789_999_000.25,
      state: 'live',
      heartbeatAge: 0.5,
    },
    {
      file: null,
      pid: 8,
      tid: 2,
      app: 'shop',
      host: 'a',
      startedAt: 1_789_999_500,
      state: 'exited',
      heartbeatAge: null,
    },
  ],
  families: [
    {
      name: 'build.version',
      kind: 'text',
      unit: '',
      help: 'What runs',
      labelNames: ['part'],
      series: [
        { labels: { part: 'app' }, value: '1.0 "β"\n', processes: 1 },
        { labels: { part: 'node' }, value: 'v20.19.5', processes: 1 },
        { labels: { part: 'node' }, value: 'v22.3.0', processes: 2 },
      ],
    },
    {
      name: 'heap.used',
      kind: 'gauge',
      unit: 'By',
      help: 'Heap in use',
      labelNames: [],
      aggregation: 'sum',
      series: [{ labels: {}, value: 1536, processes: 1 }],
    },
    {
      name: 'pool.busy',
      kind: 'gauge',
      unit: '1',
      help: 'Share of the pool in use',
      labelNames: ['pool'],
      aggregation: 'mean',
      series: [{ labels: { pool: 'db' }, value: 0.25, processes: 2 }],
    },
    {
      name: 'web.latency',
      kind: 'timer',
      unit: 's',
      help: 'Time to answer',
      labelNames: ['route'],
      series: [
        {
          labels: { route: '/' },
          count: 4,
          sum: 4.5,
          min: 0,
          max: 2,
          buckets: { scale: 1, zero: 1, offset: -1, counts: [1, 0, 2] },
        },
        { labels: { overflow: 'true' }, count: 0, sum: 0, buckets: { scale: 5, zero: 0, offset: 0, counts: [] } },
      ],
    },
    {
      name: 'web.requests',
      kind: 'counter',
      unit: '',
      help: 'Requests answered',
      labelNames: ['route', 'status'],
      series: [
        { labels: { route: '/', status: '200' }, value: 3 },
        { labels: { route: '/x', status: '500' }, value: 1.5 },
        { labels: { overflow: 'true' }, value: 1 },
      ],
    },
    {
      name: 'web.size',
      kind: 'histogram',
      unit: 'By',
      help: 'Size of an answer',
      labelNames: [],
      series: [
        { labels: {}, count: 3, sum: 5100, min: 100, max: 3000, buckets: { bounds: [1000, 2000], counts: [1, 1, 1] } },
      ],
    },
  ],
}

/** Bounds of `web.latency` of which few are enough. */
export const latencyBuckets: readonly number[] = [0.5, Math.SQRT1_2, 1, Math.SQRT2, 2]
