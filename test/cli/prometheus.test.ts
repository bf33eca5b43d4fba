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

/** A Prometheus that scrapes one target five times a second; gone after the test. Its URL. */
async function startPrometheus(t: TestContext, target: string): Promise<string> {
  const folder = newFolder(t)
  const config = join(folder, 'prometheus.yml')
  writeFileSync(
    config,
    `global: { scrape_interval: 200ms }\nscrape_configs: [{ job_name: ship, static_configs: [{ targets: ["${target}"] }] }]\n`,
  )
  const address = `127.0.0.1:${await freePort()}`
  const path = 'path' in prometheus ? prometheus.path : ''
  const data = `--storage.tsdb.path=${join(folder, 'data')}`
  const child = spawn(path, [`--config.file=${config}`, data, `--web.listen-address=${address}`], { stdio: 'ignore' })
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
  for (const end = Date.now() + 20_000; Date.now() < end; await delay(100)) {
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
  const url = await startPrometheus(t, host)
  const sums = 'sum by (app) (http_requests_total{job="ship"})'
  const before = ['{"app":"mail"} 1', '{"app":"shop"} 8']
  assert.deepEqual(await query(url, sums, (values) => values.length === 2), before)
  await worker.kill()
  await order('count 1')
  const after = ['{"app":"mail"} 1', '{"app":"shop"} 9']
  assert.deepEqual(await query(url, sums, (values) => values.includes('{"app":"shop"} 9')), after)
  // Each scrape compacts what is gone for long enough; nothing of that is seen in the sums.
  const archives = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.archive'))
  for (const end = Date.now() + 20_000; archives().length === 0 && Date.now() < end; ) await delay(100)
  assert.equal(archives().length, 1)
  await order('count 1')
  const archived = ['{"app":"mail"} 1', '{"app":"shop"} 10']
  assert.deepEqual(await query(url, sums, (values) => values.includes('{"app":"shop"} 10')), archived)
  const resets = 'resets(sum(http_requests_total)[1m:200ms])'
  assert.deepEqual(await query(url, resets, ([one]) => one !== undefined), ['{} 0'])
  const p50 = 'histogram_quantile(0.5, http_latency_seconds_bucket{app="shop"}) <= bool 0.25'
  assert.match((await query(url, p50, ([one]) => one !== undefined))[0] ?? '', / 1$/)
})
