import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import { summaryOf } from '#src/cli/view/summary/summary.ts'

function httpRequests(): Registry {
  const registry = new Registry()
  const names = ['http_request_method', 'http_route', 'http_response_status_class'] as const
  const requests = registry.timer('http.server.request.duration', { labels: names })
  for (const [method, route, status] of [
    ['GET', '/products/:id', '2xx'],
    ['GET', '/cart', '2xx'],
    ['POST', '/reprice', '5xx'],
  ] as const) {
    const labels = { http_request_method: method, http_route: route, http_response_status_class: status }
    requests.labels(labels).record(0.25)
  }
  const calls = registry.timer('http.client.request.duration', {
    labels: ['server_address', 'http_response_status_class'],
  })
  calls.labels({ server_address: 'a.example', http_response_status_class: '2xx' }).record(0.25)
  return registry
}

function linesOf(width: number): string[] {
  return summaryOf(httpRequests().read(), [], { width, rows: 24, color: false }).text.split('\n')
}

test('labels that do not fit a summary are given up for their values, so that series can be told apart', () => {
  const narrow = linesOf(80)
  assert.ok(narrow.every((line) => line.length <= 80))
  const begin = (text: string): boolean => narrow.some((line) => line.startsWith(text))
  assert.ok(begin('    GET   /products/:id  2xx '), narrow.join('\n'))
  assert.ok(begin('    GET   /cart          2xx '))
  assert.ok(begin('▲   POST  /reprice       5xx '))
  assert.match(narrow.join('\n'), /\n {2}http\.client\.request\.duration {2}a\.example {2}2xx /)
})

test('the labels of a single series are left out where even their values do not fit beside its name', () => {
  assert.match(linesOf(62).join('\n'), /\n {2}http\.client\.request\.duration +1 /)
})

test('a summary that is wide enough has labels with their names', () => {
  assert.match(
    linesOf(200).join('\n'),
    /\n {4}http_request_method=GET http_route=\/cart http_response_status_class=2xx /,
  )
})

test('a summary states of which metrics quantiles are interpolated, as their buckets were declared', () => {
  const registry = new Registry()
  registry.histogram('cart.items', { buckets: [1, 5, 20] }).record(3)
  registry.histogram('mail.size').record(2000)
  const { text } = summaryOf(registry.read(), [], { width: 80, rows: 24, color: false })
  assert.match(text, /^ {2}interpolated between declared buckets: quantiles of cart\.items$/m)
  assert.doesNotMatch(linesOf(80).join('\n'), /interpolated/)
})

test('what is known of a process is whole on a narrow terminal, in more lines', () => {
  const registry = new Registry()
  registry.gauge('process.memory.usage', { unit: 'By' }).set(1.5e9)
  registry.gauge('nodejs.memory.heap.used', { unit: 'By' }).set(1.2e9)
  registry.gauge('nodejs.memory.heap.limit', { unit: 'By' }).set(4.1e9)
  registry.gauge('process.unix.file_descriptor.count').set(12_345)
  registry.counter('nodejs.uncaught_exceptions').add(17)
  const { text } = summaryOf(registry.read(), [], { width: 60, rows: 24, color: false })
  assert.match(text, /^ {2}process {5}RSS .*, heap .* of .* GiB\n {14}descriptors 12,345, uncaught errors 17$/m)
})

test('what columns are about stands above them in full, or not at all', () => {
  const registry = new Registry()
  registry
    .counter('jobs.done', { labels: ['queue'] })
    .labels({ queue: 'mail' })
    .add(42)
  const headsAfter = (seconds: number): string[] => {
    const snapshot = registry.read()
    const startedAt = snapshot.takenAt - seconds
    const about = { file: null, pid: 7, tid: 0, app: 'shop', host: 'a' } as const
    const pages = [{ ...about, startedAt, state: 'live', heartbeatAge: 0.5 }] as const
    const { text } = summaryOf({ ...snapshot, pages }, [], { width: 80, rows: 24, color: false })
    return text
      .split('\n')
      .filter((line) => !line.includes('jobs.done'))
      .map((line) => line.trim())
  }
  assert.deepEqual(headsAfter(0).slice(0, 1), ['total'])
  assert.deepEqual(headsAfter(8).slice(0, 2), ['since start', 'total    n/s'])
  assert.match(linesOf(120)[0] ?? '', / ── since start ─+$/)
})
