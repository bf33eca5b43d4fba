import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Registry } from 'plimsoll'
import { observeHttp } from 'plimsoll/runtime'
import { openSink, otlp } from 'plimsoll/sinks'
import { decodeOtlp, metricsOf, pointsOf } from '../support/otlp.ts'
import { decodeWriteRequest, uncompressed } from '../support/remote-write.ts'
import { contract, type Receiver } from './contract.ts'
import { deliver, deliveryFor, family, snapshotAt } from './deliveries.ts'
import { type HttpReceiver, type Received, startHttpReceiver } from './receivers/http-receiver.ts'
import { freePort } from './receivers/program.ts'

/** A receiver over HTTP that stops, hangs and starts again at the same port; it keeps what it received. */
async function httpReceiver(
  t: TestContext,
  scheme: string,
  query: string,
  jobsIn: (request: Received) => number | undefined,
  areIncrements = false,
): Promise<Receiver> {
  const port = await freePort()
  const received: Received[] = []
  let server: HttpReceiver | undefined = await startHttpReceiver(port)
  const stop = async (): Promise<void> => {
    received.push(...(server?.received ?? []))
    await server?.stop()
    server = undefined
  }
  const start = async (): Promise<void> => {
    await stop()
    server = await startHttpReceiver(port)
  }
  t.after(stop)
  const to = `${scheme}://127.0.0.1:${port}${query}`
  return {
    to,
    sink: () => openSink(to),
    stop,
    start,
    async hang() {
      await start()
      server?.answers.push(() => {})
    },
    jobs() {
      const all = [...received, ...(server?.received ?? [])].map(jobsIn).filter((value) => value !== undefined)
      return areIncrements ? all.reduce((sum, value) => sum + value, 0) : all.at(-1)
    },
  }
}

function jobsInOtlp({ body }: Received): number | undefined {
  const metric = metricsOf(decodeOtlp(body)).find(({ name }) => name === 'jobs')
  return metric && Number(pointsOf(metric)[0]?.['asDouble'])
}

function jobsInSeries({ body }: Received): number | undefined {
  const values = decodeWriteRequest(uncompressed(body)).flatMap(({ labels, value = Number.NaN }) => {
    const isJobs = labels.some(([name, text]) => name === '__name__' && text === 'jobs_total')
    return isJobs && !Number.isNaN(value) ? [value] : []
  })
  return values[0]
}

function jobsInText({ body }: Received): number | undefined {
  const [, value] = /^jobs_total\{.*\} (\d+)$/m.exec(Buffer.from(body).toString()) ?? []
  return value === undefined ? undefined : Number(value)
}

contract('OTLP', (t) => httpReceiver(t, 'otlp+http', '', jobsInOtlp))
// How processes end is the same for totals and for what came since.
contract(
  'OTLP delta',
  async (t) => {
    const { to: _, ...receiver } = await httpReceiver(t, 'otlp+http', '?temporality=delta', jobsInOtlp, true)
    return receiver
  },
  ['to'],
)
contract('remote write', (t) => httpReceiver(t, 'remote-write+http', '', jobsInSeries), ['to'])
contract('Pushgateway', (t) => httpReceiver(t, 'pushgateway+http', '', jobsInText), ['to'])

test('The requests of sinks are not among those of the app, whether they succeed or fail', async (t) => {
  const registry = new Registry()
  t.after(observeHttp(registry))
  const receiver = await startHttpReceiver()
  const sink = otlp(`otlp+http://127.0.0.1:${receiver.port}`)
  const snapshot = snapshotAt(5, family('counter', 'jobs', [[{}, 1]]))
  assert.equal((await deliver(sink, snapshot)).error, undefined)
  receiver.answers.push((request) => request.destroy())
  assert.ok((await deliver(sink, snapshot)).error)
  await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
  await receiver.stop()
  const nowhere = otlp(`otlp+http://127.0.0.1:${receiver.port}`)
  assert.ok((await deliver(nowhere, snapshot)).error)
  const used = registry
    .read()
    .families.filter(({ name }) => name.startsWith('http.client.'))
    .flatMap(({ series }) => series as readonly { value?: number; count?: number }[])
  assert.deepEqual(
    used.filter(({ value, count }) => (value ?? count) !== 0),
    [],
  )
})
