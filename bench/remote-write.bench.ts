import { formatPrometheus, formatRemoteWrite } from 'plimsoll/formats'
import type { Labels } from 'plimsoll/snapshot'
import { pushTimeseries } from 'prometheus-remote-write'
import { counterCount, encodedSnapshot, measureEncodings, prometheusText, timerCount } from './encodings.ts'
import { tell } from './result.ts'

const snapshot = encodedSnapshot()
const labels = { job: 'shop', instance: 'host.example:4711' }
const other = 'prometheus-remote-write'

/** The same samples for the other library, which takes objects of labels. */
const timestamp = Math.round(snapshot.takenAt * 1000)
const series = [...formatPrometheus(snapshot).matchAll(/^(\w+)\{(.*)\} (\S+)$/gm)].map(
  ([, name = '', all = '', value]) => {
    const own = [...all.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', text = '']) => [label, text] as const)
    const given: Labels = Object.fromEntries([...own].sort())
    return { labels: { __name__: name, ...given }, samples: [{ value: Number(value), timestamp }] }
  },
)
let sent = 0
async function fetch(_: string, request?: { readonly body: ArrayBufferLike }) {
  sent = request?.body.byteLength ?? 0
  return { status: 204, statusText: '', text: async () => '' }
}
async function byOther(): Promise<number> {
  await pushTimeseries(series, { url: 'http://receiver.example', labels, fetch })
  return sent
}

const within = { text: `within 3.96 x the ${prometheusText}`, most: 3.96, times: prometheusText }

tell({
  title: 'Encoding for remote write',
  unit: 'ms',
  note:
    `${counterCount} counters and ${timerCount} timers with two labels each, as a request of remote write 1.0 with the labels job ` +
    'and instance, from a snapshot that was read before. A classic histogram is 34 series. The package ' +
    `${other} gets the same series as objects that are made before. Both compress.`,
  reference: prometheusText,
  bars: [
    { contender: 'plimsoll, classic', ...within },
    { contender: 'plimsoll, native', ...within },
    { contender: 'plimsoll, classic', text: `faster than ${other}`, most: 1, times: other },
  ],
  figures: await measureEncodings(snapshot, {
    'plimsoll, classic': () => formatRemoteWrite(snapshot, { labels }).length,
    'plimsoll, native': () => formatRemoteWrite(snapshot, { labels, histograms: 'native' }).length,
    [other]: byOther,
  }),
})
