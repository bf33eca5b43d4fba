import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { needsPackage } from '../support/debian.ts'
import { follow, newFolder, publisher } from './processes.ts'

const prometheus = needsPackage('prometheus', 'prometheus')
const skip = 'missing' in prometheus ? prometheus.missing : false

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** A Prometheus that scrapes targets five times a second; gone after the test. Its URL. */
async function startPrometheus(t: TestContext, targets: readonly string[], ...flags: string[]): Promise<string> {
  const folder = newFolder(t)
  const config = join(folder, 'prometheus.yml')
  writeFileSync(
    config,
    `global: { scrape_interval: 200ms }\nscrape_configs: [{ job_name: ship, static_configs: [{ targets: ${JSON.stringify(targets)} }] }]\n`,
  )
  const address = `127.0.0.1:${await freePort()}`
  const path = 'path' in prometheus ? prometheus.path : ''
  const data = `--storage.tsdb.path=${join(folder, 'data')}`
  const child = spawn(path, [`--config.file=${config}`, data, `--web.listen-address=${address}`, ...flags], {
    stdio: 'ignore',
  })
  const gone = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await gone
  })
  return `http://${address}`
}

/** The values of a query by their labels, asked for until there are any, for 20 s at most. */
async function query(prometheusUrl: string, text: string, isWanted: (values: string[]) => boolean): Promise<string[]> {
  let seen: string[] = []
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(100)) {
    const url = `${prometheusUrl}/api/v1/query?query=${encodeURIComponent(text)}`
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.status !== 200) continue
    const { data } = (await answer.json()) as { data: { result: { metric: object; value: [number, string] }[] } }
    seen = data.result.map(({ metric, value }) => `${JSON.stringify(metric)} ${value[1]}`).sort()
    if (isWanted(seen)) break
  }
  return seen
}

test('a real Prometheus scrapes all apps and answers with sums that a killed worker does not lower', {
  skip,
}, async (t) => {
  const folder = newFolder(t)
  const { order } = await publisher(t, folder, 'shop', 'count 5', 'time 0.25')
  const worker = await publisher(t, folder, 'shop', 'count 3')
  await publisher(t, folder, 'mail', 'count 1')
  const scrape = follow(t, 'scrape', '--port', '0', '--dir', folder)
  const { host } = new URL(await scrape.next())
  const url = await startPrometheus(t, [host])
  const sums = 'sum by (app) (http_requests_total{job="ship"})'
  const before = ['{"app":"mail"} 1', '{"app":"shop"} 8']
  assert.deepEqual(await query(url, sums, (values) => values.length === 2), before)
  await worker.kill()
  await order('count 1')
  const after = ['{"app":"mail"} 1', '{"app":"shop"} 9']
  assert.deepEqual(await query(url, sums, (values) => values.includes('{"app":"shop"} 9')), after)
  // Each scrape compacts what is gone for long enough; nothing of that is seen in the sums.
  const archives = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.archive'))
  for (const end = Date.now() + 60_000; archives().length === 0 && Date.now() < end; ) await delay(100)
  assert.equal(archives().length, 1)
  await order('count 1')
  const archived = ['{"app":"mail"} 1', '{"app":"shop"} 10']
  assert.deepEqual(await query(url, sums, (values) => values.includes('{"app":"shop"} 10')), archived)
  const resets = 'resets(sum(http_requests_total)[1m:200ms])'
  assert.deepEqual(await query(url, resets, ([one]) => one !== undefined), ['{} 0'])
  const p50 = 'histogram_quantile(0.5, http_latency_seconds_bucket{app="shop"}) <= bool 0.25'
  assert.match((await query(url, p50, ([one]) => one !== undefined))[0] ?? '', / 1$/)
})

for (const [first, second] of [
  [
    [0.001, 0.003, 500],
    [0.2, 1, 700],
  ],
  [
    [0.1, 0.5, 500],
    [1.1, 7.9, 300],
  ],
] as const) {
  const name = [first, second].map(([from, to]) => `${from} to ${to} s`).join(' and ')
  test(`quantiles over two targets with ${name} are right to one bucket in a real Prometheus`, { skip }, async (t) => {
    const targets = [first, second].map(async (range) => {
      const folder = newFolder(t)
      await publisher(t, folder, 'shop', `times ${range.join(' ')}`)
      return new URL(await follow(t, 'scrape', '--port', '0', '--dir', folder).next()).host
    })
    const url = await startPrometheus(t, await Promise.all(targets))
    const values = [first, second].flatMap(([from, to, n]) =>
      Array.from({ length: n }, (_, i) => from + ((to - from) * i) / (n - 1)),
    )
    values.sort((a, b) => a - b)
    // At an instant at which both targets have been scraped.
    const isWhole = `sum(http_latency_seconds_count) == ${values.length}`
    for (const q of [0.5, 0.75, 0.9, 0.95, 0.99]) {
      const text = `histogram_quantile(${q}, sum by (le) (http_latency_seconds_bucket)) and on() (${isWhole})`
      const [found = ''] = await query(url, text, ([one]) => one !== undefined)
      const estimate = Number(found.split(' ')[1])
      const truth = values[Math.ceil(q * values.length) - 1] as number
      // Bounds are powers of the square root of two.
      const step = Math.ceil(2 * Math.log2(truth) - 1e-9)
      const [low, high] = [2 ** ((step - 1) / 2), 2 ** (step / 2)]
      assert.ok(estimate >= low && estimate <= high, `p${100 * q}: ${estimate} for ${truth}`)
    }
  })
}

test('a real Prometheus takes native histograms by protobuf, with just the buckets that were recorded', {
  skip,
}, async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'time 0.25', 'time 0.25', 'time 0.3', 'time 5', 'time 0')
  const { host } = new URL(await follow(t, 'scrape', '--port', '0', '--dir', folder).next())
  const url = await startPrometheus(t, [host], '--enable-feature=native-histograms')
  let histogram: { count: string; sum: string; buckets: [number, string, string, string][] } | undefined
  for (const end = Date.now() + 20_000; histogram === undefined && Date.now() < end; await delay(100)) {
    const answer = await fetch(`${url}/api/v1/query?query=http_latency_seconds`).catch(() => undefined)
    if (answer?.status !== 200) continue
    const { data } = (await answer.json()) as { data: { result: { histogram?: [number, typeof histogram] }[] } }
    histogram = data.result[0]?.histogram?.[1]
  }
  assert.deepEqual([histogram?.count, Number(histogram?.sum)], ['5', 5.8])
  const buckets = histogram?.buckets.map(([, low, high, n]) => [Number(low), Number(high), Number(n)]) ?? []
  const edges = (value: number): [number, number] => {
    const index = Math.ceil(32 * Math.log2(value) - 1e-9)
    return [2 ** ((index - 1) / 32), 2 ** (index / 32)]
  }
  const [zero, ...others] = buckets
  assert.ok((zero?.[1] ?? 1) < 1e-300 && zero?.[2] === 1)
  for (const [i, [value, n]] of (
    [
      [0.25, 2],
      [0.3, 1],
      [5, 1],
    ] as const
  ).entries()) {
    const [low = 0, high = 0, count] = others[i] ?? []
    const [from, to] = edges(value)
    assert.ok(
      Math.abs(low / from - 1) < 1e-12 && Math.abs(high / to - 1) < 1e-12 && count === n,
      `${low} ${high} ${count}`,
    )
  }
  assert.equal(others.length, 3)
})
