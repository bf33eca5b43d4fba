// Instrumentation libraries of OpenTelemetry, as they are published, recording into pages.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { listPages, readPage } from 'plimsoll/page'
import type { DistributionSeries, FamilySnapshot } from 'plimsoll/snapshot'
import { newApp, run } from '../../launchers/apps.ts'
import { installed } from '../../launchers/install.ts'
import { postgresPrograms, startPostgres } from './postgres.ts'

const common = [
  '@opentelemetry/api@1.10.0',
  '@opentelemetry/instrumentation@0.301.0',
  '@opentelemetry/context-async-hooks@3.1.1',
]
const http = [
  '@opentelemetry/instrumentation-http@0.301.0',
  '@opentelemetry/instrumentation-express@0.72.0',
  'express@5.1.0',
]

const begin = `
const { metrics, context, trace } = require('@opentelemetry/api')
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks')
const { registerInstrumentations } = require('@opentelemetry/instrumentation')
const { publish } = require('plimsoll')
const { MeterProvider } = require('plimsoll/opentelemetry')
const meterProvider = new MeterProvider({ exemplars: true })
metrics.setGlobalMeterProvider(meterProvider)
// The route that express knows reaches the metrics of HTTP through the context of a trace. All spans are sampled.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const span = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 }
trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: () => trace.wrapSpanContext(span) }) })
publish({ app: 'shop', dir: process.env.PLIMSOLL_DIR })
`

/** Runs a program with these packages to its end, and reads the page that it left. */
function families(
  t: TestContext,
  packages: readonly string[],
  program: string,
  more: Readonly<Record<string, string>> = {},
): readonly FamilySnapshot[] {
  const files = { 'package.json': { name: 'shop', type: 'commonjs' }, 'app.js': begin + program }
  const { cwd, dir, env } = newApp(t, files, installed('opentelemetry', [...common, ...packages]))
  run(process.execPath, ['app.js'], { cwd, env: { ...env, OTEL_SEMCONV_STABILITY_OPT_IN: 'http', ...more } })
  const [page] = listPages(dir)
  assert.ok(page)
  return readPage(page).families
}

function distributions(all: readonly FamilySnapshot[], name: string): readonly DistributionSeries[] {
  const family = all.find((one) => one.name === name)
  assert.ok(family?.kind === 'histogram', `${name} is not among ${all.map((one) => one.name)}`)
  assert.equal(family.unit, 's')
  return family.series
}

test('instrumentation-http and -express: duration of requests by route, with exemplars', (t) => {
  const all = families(
    t,
    http,
    `
    const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
    const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express')
    registerInstrumentations({ meterProvider, instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()] })
    const http = require('node:http')
    const app = require('express')()
    app.get('/users/:id', (request, response) => response.send('one'))
    const server = http.createServer(app).listen(0, '127.0.0.1', async () => {
      const { port } = server.address()
      for (const path of ['/users/1', '/users/2', '/nowhere']) {
        await new Promise((resolve) => {
          http.get({ host: '127.0.0.1', port, path, agent: false }, (response) => response.resume().on('end', resolve))
        })
      }
      server.close()
    })`,
  )
  const served = distributions(all, 'http.server.request.duration')
  const users = served.find(({ labels }) => labels['http.route'] === '/users/:id')
  assert.equal(users?.count, 2)
  assert.equal(users?.labels['http.response.status_code'], '200')
  assert.equal(users?.labels.otel_scope_name, '@opentelemetry/instrumentation-http')
  assert.match(users?.exemplars?.[0]?.labels.trace_id ?? '', /^[0-9a-f]{32}$/)
  assert.equal(
    served.reduce((count, one) => count + one.count, 0),
    3,
  )
  const asked = distributions(all, 'http.client.request.duration')
  assert.equal(
    asked.reduce((count, one) => count + one.count, 0),
    3,
  )
})

test('the lines of docs/opentelemetry.md about instrumentation libraries run', (t) => {
  const examples = readFileSync('docs/opentelemetry.md', 'utf8').matchAll(/```js\n(.*?)```/gs)
  const example = [...examples].find(([, text = '']) => text.includes('registerInstrumentations'))?.[1] ?? ''
  const files = { 'package.json': { name: 'shop', type: 'module' }, 'app.js': example }
  const { cwd, env } = newApp(t, files, installed('opentelemetry', [...common, ...http]))
  assert.equal(run(process.execPath, ['app.js'], { cwd, env }).stderr, '')
})

test('instrumentation-undici: duration of requests that fetch makes', (t) => {
  const all = families(
    t,
    ['@opentelemetry/instrumentation-undici@0.34.0'],
    `
    const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici')
    registerInstrumentations({ meterProvider, instrumentations: [new UndiciInstrumentation()] })
    const server = require('node:http').createServer((request, response) => response.end('one'))
    server.listen(0, '127.0.0.1', async () => {
      const url = 'http://127.0.0.1:' + server.address().port
      for (let i = 0; i < 3; i++) await (await fetch(url, { method: i === 0 ? 'POST' : 'GET' })).text()
      server.close()
      server.closeAllConnections()
    })`,
  )
  const asked = distributions(all, 'http.client.request.duration')
  assert.deepEqual(asked.map(({ labels, count }) => [labels['http.request.method'], count]).sort(), [
    ['GET', 2],
    ['POST', 1],
  ])
})

test('instrumentation-runtime-node: event loop, garbage collection and heap spaces', (t) => {
  const all = families(
    t,
    ['@opentelemetry/instrumentation-runtime-node@0.37.0'],
    `
    const { RuntimeNodeInstrumentation } = require('@opentelemetry/instrumentation-runtime-node')
    registerInstrumentations({ meterProvider, instrumentations: [new RuntimeNodeInstrumentation({ monitoringPrecision: 20 })] })
    require('node:v8').setFlagsFromString('--expose-gc')
    require('node:vm').runInNewContext('gc')()
    setTimeout(() => meterProvider.forceFlush(), 200)`,
  )
  const kinds = new Map(all.filter(({ series }) => series.length > 0).map(({ name, kind }) => [name, kind]))
  assert.equal(kinds.get('nodejs.eventloop.utilization'), 'gauge', [...kinds.keys()].join())
  assert.equal(kinds.get('nodejs.eventloop.delay.max'), 'gauge')
  assert.equal(kinds.get('v8js.gc.duration'), 'histogram')
  const heap = all.find(({ name }) => name.startsWith('v8js.memory.heap'))
  const spaces = heap?.series.map(({ labels }) => labels['v8js.heap.space.name'])
  assert.ok(spaces?.includes('old_space'), String(spaces))
})

const postgres = postgresPrograms()

test('instrumentation-pg: duration of queries, and connections of a pool', {
  skip: 'missing' in postgres && postgres.missing,
}, async (t) => {
  assert.ok('folder' in postgres)
  const server = await startPostgres(postgres.folder)
  t.after(() => server.stop())
  const all = families(
    t,
    ['@opentelemetry/instrumentation-pg@0.77.0', 'pg@8.23.1'],
    `
    const { PgInstrumentation } = require('@opentelemetry/instrumentation-pg')
    registerInstrumentations({ meterProvider, instrumentations: [new PgInstrumentation()] })
    const { Pool } = require('pg')
    const pool = new Pool({ host: '127.0.0.1', port: Number(process.env.PGPORT), user: 'postgres', database: 'postgres', max: 2 })
    void (async () => {
      const queries = [1, 2, 3].map((n) => pool.query('SELECT $1::int AS n', [n]))
      const numbers = (await Promise.all(queries)).map(({ rows }) => rows[0].n)
      if (numbers.join() !== '1,2,3') throw new Error(numbers.join())
      await pool.query('SELECT nothing FROM nowhere').catch(() => {})
      // Without a goodbye: what was recorded last stays in the page, connections that are open among it.
      process.exit()
    })()`,
    { PGPORT: String(server.port) },
  )
  const queries = distributions(all, 'db.client.operation.duration')
  assert.deepEqual(
    queries.map(({ labels, count }) => [labels['db.operation.name'], labels['error.type'], count]),
    [
      ['SELECT', undefined, 3],
      ['SELECT', '42P01', 1],
    ],
  )
  const sumOf = (name: string): number => {
    const family = all.find((one) => one.name === name)
    assert.ok(family?.kind === 'gauge' && family.upDownCounter, name)
    return family.series.reduce((sum, { value }) => sum + value, 0)
  }
  assert.equal(sumOf('db.client.connection.count'), 2)
  assert.equal(sumOf('db.client.connection.max'), 2)
  assert.equal(sumOf('db.client.connection.pending_requests'), 0)
})
