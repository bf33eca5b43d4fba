import { formatGraphite, formatGraphitePickle, type GraphiteOptions } from 'plimsoll/formats'
import { tell } from './result.ts'
import { inOnePiece, measureEncodings, prometheusText, sentCounters, sentSnapshot } from './sent.ts'

const snapshot = sentSnapshot()

function lines(options: GraphiteOptions): number {
  let size = 0
  for (const text of formatGraphite(snapshot, { ...options, window: 'start' })) size += inOnePiece(text)
  return size
}

function pickle(): number {
  let size = 0
  for (const { length } of formatGraphitePickle(snapshot, { window: 'start' })) size += length
  return size
}

// The first implementation took 2.8 ms for the Prometheus text, 7.7 ms for nodes and 4.6 ms for tags.
const within = (ratio: number) => ({
  text: `within ${ratio} x the Prometheus text`,
  most: ratio,
  times: prometheusText,
})

tell({
  title: 'Encoding for Graphite',
  unit: 'ms',
  reference: prometheusText,
  note: `${sentCounters} counters and 200 timers of 220 buckets with two labels each; 14 lines for a timer.`,
  bars: [
    { contender: 'lines, labels as nodes', ...within(4.1) },
    { contender: 'lines, labels as tags', ...within(2.5) },
  ],
  figures: measureEncodings(snapshot, {
    'lines, labels as nodes': () => lines({ labels: 'nodes' }),
    'lines, labels as tags': () => lines({ labels: 'tags' }),
    pickle,
  }),
})
