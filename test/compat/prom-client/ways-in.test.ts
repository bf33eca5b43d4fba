import assert from 'node:assert/strict'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { listPages } from 'plimsoll/page'
import { newApp, run } from '../../launchers/apps.ts'
import { counters, files, recorded } from './counting-app.ts'

const node = process.execPath

test('An app that imports plimsoll/prom-client publishes what it counts.', (t) => {
  const replaced = Object.entries(files).map(([name, text]) => {
    return [name, typeof text === 'string' ? text.replaceAll("'prom-client'", "'plimsoll/prom-client'") : text]
  })
  const { cwd, dir, env } = newApp(t, Object.fromEntries(replaced))
  run(node, ['app.js'], { cwd, env })
  assert.deepEqual(counters(dir), recorded)
})

test('The folder build/prom-client takes the place of prom-client, for import and require.', (t) => {
  const { cwd, dir, env } = newApp(t, files)
  cpSync(join('build', 'prom-client'), join(cwd, 'node_modules', 'prom-client'), { recursive: true })
  run(node, ['app.js'], { cwd, env })
  assert.deepEqual(counters(dir), recorded)
})

test('So does the folder that the commands of docs/prom-client.md make.', (t) => {
  const { cwd, dir, env } = newApp(t, files)
  const [, commands = ''] =
    /```sh\n(mkdir -p vendor\/prom-client.*?)```/s.exec(readFileSync('docs/prom-client.md', 'utf8')) ?? []
  run('sh', ['-ec', commands], { cwd, env })
  cpSync(join(cwd, 'vendor', 'prom-client'), join(cwd, 'node_modules', 'prom-client'), { recursive: true })
  run(node, ['app.js'], { cwd, env })
  assert.deepEqual(counters(dir), recorded)
})

for (const option of ['--import', '--require']) {
  test(`With ${option} plimsoll/register, PLIMSOLL_ADOPT answers prom-client, where that is not even installed.`, (t) => {
    const { cwd, dir, env } = newApp(t, files)
    run(node, [option, 'plimsoll/register', 'app.js'], { cwd, env: { ...env, PLIMSOLL_ADOPT: 'prom-client' } })
    assert.deepEqual(counters(dir), recorded)
  })
}

test('An unknown library in PLIMSOLL_ADOPT is a warning, and the app runs.', (t) => {
  const { cwd, env } = newApp(t, { 'app.cjs': '' })
  const ran = run(node, ['--require', 'plimsoll/register', 'app.cjs'], {
    cwd,
    env: { ...env, PLIMSOLL_ADOPT: 'statsd' },
  })
  assert.match(ran.stderr, /Unknown library "statsd" in PLIMSOLL_ADOPT\. Known: prom-client\./)
})

test('PLIMSOLL_DISABLED keeps metrics on the heap.', (t) => {
  const { cwd, dir, env } = newApp(t, files)
  cpSync(join('build', 'prom-client'), join(cwd, 'node_modules', 'prom-client'), { recursive: true })
  for (const value of ['1', 'true']) {
    const { stderr } = run(node, ['app.js'], { cwd, env: { ...env, PLIMSOLL_DISABLED: value } })
    assert.equal(stderr, '', value)
  }
  const { stderr } = run(node, ['app.js'], { cwd, env: { ...env, PLIMSOLL_DISABLED: 'perhaps' } })
  assert.match(stderr, /PLIMSOLL_OPTION_INVALID.*PLIMSOLL_DISABLED.*"perhaps"/)
  assert.deepEqual(listPages(dir), [])
})

test('Functions for collect are called soon after a metric was made, and clusterMetrics() calls those of the process that asks.', (t) => {
  const { cwd, env } = newApp(t, {
    'app.cjs': `const { AggregatorRegistry, Gauge } = require('plimsoll/prom-client')
let calls = 0
const make = (name, collect) => new Gauge({ name, help: 'A gauge', collect })
async function collected(name) {
  const begun = performance.now()
  await new Promise((resolve) => make(name, function () { this.set(++calls), resolve() }))
  return performance.now() - begun
}
async function main() {
  const alive = setInterval(() => {}, 1000)
  const soonest = [await collected('first'), await collected('later')].map((ms) => ms > 10 && ms < 10_000)
  clearInterval(alive)
  make('asked', function () { this.set(7) })
  console.log(soonest.join(), await new AggregatorRegistry().clusterMetrics())
}
void main()`,
  })
  const { stdout } = run(node, ['app.cjs'], { cwd, env })
  assert.match(stdout, /^true,true /)
  assert.match(stdout, /^first [1-9]$/m)
  assert.match(stdout, /^asked 7$/m)
})

test('clusterMetrics() adds up workers, threads and the primary, also those that were killed; shutdown() waits for them.', (t) => {
  const { cwd, env } = newApp(t, {
    'package.json': { name: 'shop' },
    'app.cjs': `const cluster = require('node:cluster')
const { once } = require('node:events')
const { isMainThread, Worker, parentPort } = require('node:worker_threads')
const { AggregatorRegistry, Counter, Gauge, Histogram, Summary, WorkerRegistry } = require('plimsoll/prom-client')
const requests = new Counter({ name: 'requests', help: 'Requests', labelNames: ['method'] })
const lag = new Gauge({ name: 'lag', help: 'Lag', aggregator: 'max' })
const own = new Gauge({ name: 'own', help: 'Own', aggregator: 'omit' })
const sizes = new Histogram({ name: 'sizes', help: 'Sizes', buckets: [1, 10] })
const waits = new Summary({ name: 'waits', help: 'Waits' })
const record = (amount) => {
  requests.inc({ method: 'GET' }, amount)
  lag.set(amount)
  own.set(amount)
  sizes.observe(amount)
  waits.observe(amount)
}
async function main() {
  if (!isMainThread) {
    record(100)
    parentPort.on('message', () => {})
    setImmediate(() => setImmediate(() => parentPort.postMessage('ready')))
    return
  }
  if (cluster.isWorker) {
    record(cluster.worker.id)
    return void setTimeout(() => process.send('ready'), 0)
  }
  record(10)
  const workers = [cluster.fork(), cluster.fork()]
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const thread = new Worker(__filename)
  await once(thread, 'message')
  workers[0].process.kill('SIGKILL')
  await once(workers[0], 'exit')
  console.log(WorkerRegistry.workerCount())
  const registry = new AggregatorRegistry()
  const order = []
  const answer = registry.clusterMetrics().then((text) => order.push('answered') && console.log(text))
  await Promise.all([answer, registry.shutdown().then(() => order.push('shut down'))])
  console.log(order.join())
  for (const worker of workers) worker.kill()
  await thread.terminate()
}
void main()`,
  })
  const { stdout } = run(node, ['app.cjs'], { cwd, env })
  const wanted = [
    /^1$/m,
    /^answered,shut down$/m,
    /^requests\{method="GET"\} 113$/m,
    /^# TYPE lag gauge\nlag 100$/m,
    /^sizes_bucket\{le="1"\} 1\nsizes_bucket\{le="10"\} 3\nsizes_bucket\{le="\+Inf"\} 4\nsizes_sum 113\nsizes_count 4$/m,
    /^waits\{quantile="0.999"\} 99\.[0-9]+\nwaits_sum 113\nwaits_count 4$/m,
  ]
  for (const pattern of wanted) assert.match(stdout, pattern)
  assert.doesNotMatch(stdout, /\bown\b/)
})
