import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { metrics } from '@opentelemetry/api'
import type { MeterProvider as SdkMeterProvider } from '@opentelemetry/sdk-metrics'
import { defaultRegistry, publish } from 'plimsoll'
import type { MeterProvider } from 'plimsoll/opentelemetry'
import { listPages, readPage } from 'plimsoll/page'

const docs = readFileSync('docs/opentelemetry.md', 'utf8')
const examples = [...docs.matchAll(/```js\n(.*?)```/gs)].map(([, text = '']) => text)
const folder = resolve('build', 'opentelemetry-docs')
const dir = mkdtempSync(join(tmpdir(), 'plimsoll-opentelemetry-'))
after(() => {
  for (const path of [folder, dir]) rmSync(path, { recursive: true, force: true })
})

/** Runs the example that has this in it, below the package, so that it finds plimsoll by name. */
async function run(part: string): Promise<Readonly<Record<string, unknown>>> {
  const code = examples.find((text) => text.includes(part)) ?? assert.fail(`there is no example with ${part}`)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${part.replace(/\W/g, '')}.mjs`)
  writeFileSync(file, code)
  return import(pathToFileURL(file).href)
}

test('the app of docs/opentelemetry.md records into its page', async () => {
  process.env.PLIMSOLL_DIR = dir
  try {
    await run("publish({ app: 'shop' })")
    const [page = ''] = listPages(dir)
    const { families } = readPage(page)
    const orders = families.find(({ name }) => name === 'orders')
    const labels = {
      otel_scope_name: 'checkout',
      otel_scope_version: '1.2.0',
      express: 'true',
      'payment.method': 'card',
    }
    assert.deepEqual(orders?.series, [{ labels, value: 1 }])
    assert.ok(families.some(({ name }) => name === 'orders.duration'))
  } finally {
    publish().close()
    metrics.disable()
    for (const name of ['orders', 'orders.duration']) defaultRegistry.remove(name)
  }
})

test('the views of docs/opentelemetry.md are valid, and choose what they are about', async () => {
  const { provider } = (await run('views: [')) as { provider: MeterProvider }
  const meter = provider.getMeter('shop')
  meter.createHistogram('orders.size').record(5000)
  meter.createCounter('debug.calls').add(1)
  const found = defaultRegistry.read().families.find(({ name }) => name === 'orders.bytes')?.series[0]
  assert.deepEqual(found && 'buckets' in found && found.buckets, {
    bounds: [1000, 10_000, 100_000],
    counts: [0, 1, 0, 0],
  })
  assert.ok(!defaultRegistry.read().families.some(({ name }) => name.startsWith('debug.')))
})

test('the SDK of docs/opentelemetry.md exports what plimsoll has', async (t) => {
  const printed: unknown[] = []
  t.mock.method(console, 'dir', (one: unknown) => printed.push(one))
  defaultRegistry.counter('mails').add(7)
  const { sdk } = (await run('metricProducers')) as { sdk: SdkMeterProvider }
  await sdk.forceFlush()
  await sdk.shutdown()
  assert.match(JSON.stringify(printed), /"name":"mails".*"value":7/)
})
