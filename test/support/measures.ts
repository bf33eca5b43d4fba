import type { Snapshot } from 'plimsoll/snapshot'
import { everyKind } from './snapshots.ts'

const rates = { mean: 0.25, m1: 2, m5: 1.5, m15: 0.5 }

/** Beside `everyKind`, each kind whose series hold more than one number, and all that a series may hold, by hand. */
export const everyMeasure: Snapshot = {
  ...everyKind,
  families: [
    {
      name: 'build',
      kind: 'info',
      unit: '',
      help: 'What was built',
      labelNames: ['version', 'revision'],
      series: [
        { labels: { version: '1.4.0', revision: '5f0c1a2' }, processes: 3 },
        { labels: { version: '1.5.0', revision: '99e07b1' }, processes: 1 },
      ],
    },
    {
      name: 'cache.warm',
      kind: 'gauge',
      unit: '',
      help: 'Whether the cache is filled',
      labelNames: ['process'],
      aggregation: 'process',
      type: 'bool',
      series: [
        { labels: { process: '7-0' }, value: 1, processes: 1 },
        { labels: { process: '8-2' }, value: 0, processes: 1 },
      ],
    },
    {
      name: 'jobs.done',
      kind: 'meter',
      unit: '',
      help: 'Jobs finished',
      labelNames: ['queue'],
      series: [
        { labels: { queue: 'mail' }, value: 120, rates },
        { labels: { queue: 'old' }, value: 7 },
      ],
    },
    {
      name: 'jobs.size',
      kind: 'average',
      unit: 'By',
      help: 'Size of a job',
      labelNames: [],
      over: { seconds: 60 },
      series: [{ labels: {}, count: 4, sum: 6144, window: { count: 1, sum: 1024 } }],
    },
    {
      name: 'pool.state',
      kind: 'state',
      unit: '',
      help: 'What the workers do',
      labelNames: ['pool'],
      states: ['idle', 'busy'],
      series: [
        {
          labels: { pool: 'db' },
          value: 'busy',
          seconds: { idle: 5400, busy: 1800 },
          processes: { busy: 2 },
          users: 3,
        },
        { labels: { pool: 'gone' }, value: null, seconds: { idle: 60, busy: 0 }, processes: {}, users: 0 },
      ],
    },
    {
      name: 'queue.length',
      kind: 'gauge',
      unit: '',
      help: 'Jobs that wait',
      labelNames: [],
      aggregation: 'last',
      type: 'int',
      series: [
        {
          labels: {},
          value: 12,
          processes: 2,
          setAt: 1_790_000_000,
          extremes: { '1m': { seconds: 60, min: 3, max: 40 }, '5m': { seconds: 300, min: 0, max: 90 } },
        },
      ],
    },
    {
      name: 'web.hits',
      kind: 'counter',
      unit: '',
      help: 'Hits',
      labelNames: [],
      series: [
        { labels: {}, value: 5, exemplars: [{ labels: { trace_id: '4bf9' }, value: 1, time: 1_789_999_999.5 }] },
      ],
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
          last: 1.75,
          rates,
          recent: {
            '1m': { seconds: 50, count: 1, sum: 0.75, buckets: { scale: 1, zero: 0, offset: -1, counts: [1] } },
            '5m': { seconds: 290, count: 0, sum: 0, buckets: { scale: 1, zero: 0, offset: 0, counts: [] } },
          },
          exemplars: [
            { labels: { trace_id: '00aa' }, value: 0.75, time: 1_789_999_990 },
            { labels: {}, value: 1.75, time: 1_789_999_998 },
          ],
        },
      ],
    },
  ],
}
