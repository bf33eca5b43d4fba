// Libraries that count with prom-client, installed from the registry with the override that docs/prom-client.md has: they record
// into pages, and nothing of them is changed.
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { before, test } from 'node:test'
import { listPages, readPage } from 'plimsoll/page'
import type { DistributionSeries, FamilySnapshot } from 'plimsoll/snapshot'
import { run, write } from '../../launchers/apps.ts'

const folder = resolve('build', 'launchers', 'adopt')

const apps = {
  'express.cjs': `const express = require('express')
const bundle = require('express-prom-bundle')
const app = express()
app.use(bundle({ includeMethod: true, includePath: true }))
app.get('/orders', (_, response) => response.send('ok'))
const server = app.listen(0, '127.0.0.1', async () => {
  const url = 'http://127.0.0.1:' + server.address().port
  for (let i = 0; i < 3; i++) await (await fetch(url + '/orders')).text()
  console.log(await (await fetch(url + '/metrics')).text())
  server.close()
  server.closeAllConnections()
})`,
  'fastify.cjs': `const app = require('fastify')()
void (async () => {
  await app.register(require('fastify-metrics'), { endpoint: '/metrics' })
  app.get('/orders', async () => 'ok')
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  for (let i = 0; i < 3; i++) await (await fetch(url + '/orders')).text()
  console.log(await (await fetch(url + '/metrics')).text())
  app.server.closeAllConnections()
  await app.close()
})()`,
  'nest.cjs': `require('reflect-metadata')
const { Module } = require('@nestjs/common')
const { NestFactory } = require('@nestjs/core')
const { getToken, makeCounterProvider, PrometheusModule } = require('@willsoto/nestjs-prometheus')
class AppModule {}
const providers = [makeCounterProvider({ name: 'jobs_total', help: 'Jobs', labelNames: ['queue'] })]
Module({ imports: [PrometheusModule.register()], providers })(AppModule)
void (async () => {
  const app = await NestFactory.create(AppModule, { logger: false })
  await app.listen(0, '127.0.0.1')
  app.get(getToken('jobs_total')).inc({ queue: 'mail' }, 3)
  console.log(await (await fetch((await app.getUrl()) + '/metrics')).text())
  await app.close()
})()`,
}

const manifest = {
  name: 'shop',
  private: true,
  dependencies: {
    '@nestjs/common': '^11.0.0',
    '@nestjs/core': '^11.0.0',
    '@nestjs/platform-express': '^11.0.0',
    '@willsoto/nestjs-prometheus': '^6.0.0',
    express: '^5.0.0',
    'express-prom-bundle': '^8.0.0',
    fastify: '^5.0.0',
    'fastify-metrics': '^12.0.0',
    plimsoll: `file:${resolve('build', 'package')}`,
    'prom-client': 'file:./vendor/prom-client',
    'reflect-metadata': '^0.2.2',
    rxjs: '^7.8.2',
  },
  overrides: { 'prom-client': '$prom-client' },
}

before(() => {
  mkdirSync(folder, { recursive: true })
  write(folder, { 'package.json': manifest, ...apps })
  cpSync(join('build', 'prom-client'), join(folder, 'vendor', 'prom-client'), { recursive: true })
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']
  run('npm', ['install', ...options], { cwd: folder, minutes: 8 })
  for (const name of ['express-prom-bundle', 'fastify-metrics', '@willsoto/nestjs-prometheus'])
    assert.ok(!existsSync(join(folder, 'node_modules', name, 'node_modules', 'prom-client')), name)
})

/** Runs an app; returns what it printed and what its page has. */
function runApp(name: string): { readonly text: string; readonly families: readonly FamilySnapshot[] } {
  const dir = join(folder, `pages-${name}-${Date.now()}`)
  mkdirSync(dir, { mode: 0o700 })
  const { stdout } = run(process.execPath, [`${name}.cjs`], { cwd: folder, env: { PLIMSOLL_DIR: dir } })
  return { text: stdout, families: listPages(dir).flatMap((file) => readPage(file).families) }
}

function seriesOf(families: readonly FamilySnapshot[], name: string): readonly DistributionSeries[] {
  return families.filter((family) => family.name === name).flatMap(({ series }) => series as DistributionSeries[])
}

for (const name of ['express', 'fastify'] as const) {
  test(`${name === 'express' ? 'express-prom-bundle' : 'fastify-metrics'} records into the page.`, () => {
    const { text, families } = runApp(name)
    assert.match(text, /^http_request_duration_seconds_count\{.*\} 3$/m)
    const counts = seriesOf(families, 'http_request_duration_seconds').map(({ count }) => count)
    assert.ok(counts.includes(3), String(counts))
  })
}

test('@willsoto/nestjs-prometheus records into the page, default metrics as well.', () => {
  const { text, families } = runApp('nest')
  assert.match(text, /^jobs_total\{queue="mail"\} 3$/m)
  const [jobs] = seriesOf(families, 'jobs_total') as unknown as readonly { readonly value: number }[]
  assert.equal(jobs?.value, 3)
  assert.ok(families.some((family) => family.name === 'process_cpu_user_seconds_total'))
})
