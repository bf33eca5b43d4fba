import { formatRemoteWrite } from 'plimsoll/formats'
import { counterCount, exportedSnapshot, interleaved, prometheusText, timerCount } from './exported.ts'
import { tell } from './result.ts'

const snapshot = exportedSnapshot()
const labels = { job: 'shop', instance: 'host.example:4711' }

tell({
  title: 'Encoding for remote write',
  unit: 'ms',
  note:
    `${counterCount} counters and ${timerCount} timers with two labels each, as a request of remote write 1.0 with the labels job ` +
    'and instance, from a snapshot that was read before. A classic histogram is 34 series.',
  reference: 'Prometheus text',
  bars: [
    { contender: 'plimsoll, classic', text: 'within 3.96 x the Prometheus text', most: 3.96, times: 'Prometheus text' },
    { contender: 'plimsoll, native', text: 'within 3.96 x the Prometheus text', most: 3.96, times: 'Prometheus text' },
  ],
  figures: interleaved({
    'Prometheus text': prometheusText(snapshot),
    'plimsoll, classic': () => formatRemoteWrite(snapshot, { labels }),
    'plimsoll, native': () => formatRemoteWrite(snapshot, { labels, histograms: 'native' }),
  }),
})
