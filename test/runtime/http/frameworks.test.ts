import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apps, durations, get, listen, observed, value } from './support.ts'

const paths = ['/', '/users/1', '/users/2?x=1', '/orgs/acme/members/7', '/orgs/acme/fail', '/orgs/bcme/fail', '/.env']

/** What these paths are in each framework. */
const patterns = {
  'GET / 2xx': 1,
  'GET /users/:id 2xx': 2,
  'GET /orgs/:org/members/:member 2xx': 1,
  'GET /orgs/:org/fail 5xx': 2,
  'GET  4xx': 1,
}

const frameworks: Readonly<Record<string, readonly [app: string, variant?: string]>> = {
  'Fastify 5': ['fastifyApp'],
  'Koa 3 with plimsoll/koa': ['koa'],
  'Hono with plimsoll/hono': ['hono'],
  'NestJS on Express': ['nest', 'express'],
  'NestJS on Fastify': ['nest', 'fastify'],
}

for (const [name, [app, variant]] of Object.entries(frameworks)) {
  test(`${name}: routes are patterns, also for errors, and what was not found has none`, async (t) => {
    const registry = observed(t, { clients: false })
    const made = await apps[app]?.(variant)
    const port = await listen(t, made?.server as never, made?.close)
    for (const path of paths) await get(port, path)
    assert.deepEqual(durations(registry), patterns)
    await get(port, '/users/3', { method: 'HEAD' })
    assert.equal(Object.keys(durations(registry)).filter((key) => key.startsWith('HEAD')).length, 1)
    assert.equal(value(registry, 'plimsoll.failed'), 0)
  })
}

test('Fastify 5: requests that fail before their handler have the pattern of their route', async (t) => {
  const registry = observed(t, { clients: false })
  const made = await apps.fastifyApp?.()
  const port = await listen(t, made?.server as never, made?.close)
  await get(port, '/guarded')
  await get(port, '/users/1', { method: 'POST', headers: { 'content-type': 'application/json' } })
  await get(port, '/users/%E0%A4%A')
  assert.deepEqual(durations(registry), { 'GET /guarded 4xx': 1, 'POST /users/:id 4xx': 1, 'GET  4xx': 1 })
})
