import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { type TestContext, test } from 'node:test'
import { Registry } from 'plimsoll'
import { statusHandler } from 'plimsoll/http'
import { newFolder } from '../cli/processes.ts'
import { needsPackage } from '../support/debian.ts'
import { serveHandler } from './apps.ts'

const chromium = needsPackage('chromium', 'chromium')
const options = 'path' in chromium ? {} : { skip: chromium.missing }

/** The document after so many milliseconds of its own time, as the browser has it then. */
async function documentAt(t: TestContext, url: string, ms: number, ...flags: string[]): Promise<string> {
  const profile = newFolder(t)
  const child = spawn(
    'path' in chromium ? chromium.path : '',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      `--user-data-dir=${profile}`,
      `--virtual-time-budget=${ms}`,
      ...flags,
      '--dump-dom',
      url,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  let text = ''
  for await (const piece of child.stdout.setEncoding('utf8')) text += piece
  return text
}

test(
  'the page in Chromium keeps itself up to date, draws, keeps what is folded, and breaks no rule of its policy',
  options,
  async (t) => {
    const registry = new Registry()
    const sales = registry.counter('shop.sales', { labels: ['what'] })
    sales.labels({ what: '<img src=x onerror=document.title="hacked">' }).inc()
    registry.timer('shop.latency').record(0.25)
    // The time of the browser runs ahead of the clock, from which the points of a line have to be a second apart.
    let reads = 0
    const source = { read: () => ({ ...registry.read(), takenAt: 1_790_000_000 + reads++ }) }
    const handler = statusHandler(source, { allow: 'loopback', title: 'shop' })
    const paths: string[] = []
    const url = await serveHandler(t, (request, response) => {
      paths.push(request.url ?? '')
      sales.labels({ what: 'books' }).add(1000)
      handler(request, response)
    })
    const document = await documentAt(t, `${url}/`, 8000)
    assert.match(document, /<title>shop<\/title>/)
    assert.match(document, /data-state="live"/)
    assert.ok(paths.filter((path) => path === '/').length >= 3, paths.join())
    assert.deepEqual(
      paths.filter((path) => path !== '/'),
      [],
    )
    // Of a later answer than the first one.
    assert.match(document, /<bdi>what=books<\/bdi><\/th><td[^>]*>[2-9],000/)
    assert.match(document, /<path class="line"/)
    assert.match(document, /<svg class="hist"/)
    assert.doesNotMatch(document, /<img/)
  },
)

test('the page shows a branch that was folded as folded, and a filter that has been typed', options, async (t) => {
  const registry = new Registry()
  for (const name of ['web.requests', 'web.errors', 'jobs.done', 'jobs.failed']) registry.counter(name).inc()
  const handler = statusHandler(registry, { allow: 'loopback', title: 'shop', path: '/status' })
  // A page of the same site around it, which does what a person does.
  const origin = await serveHandler(t, (request, response) =>
    handler(request, response, () => {
      response.setHeader('content-type', 'text/html')
      response.end(`<!doctype html><script>
        const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
        ;(async () => {
          const page = window.open('/status/')
          await wait(1500)
          page.document.getElementById('b-web').open = false
          await wait(2500)
          document.body.dataset.folded = page.document.getElementById('b-web').open === false
          const field = page.document.querySelector('input[name=filter]')
          field.value = 'jobs.f*'
          field.dispatchEvent(new page.Event('input'))
          await wait(1500)
          document.body.dataset.names = [...page.document.querySelectorAll('.family')].map(({ id }) => id)
          document.body.dataset.address = page.location.search
        })()
      </script><body>`)
    }),
  )
  // Pages that are opened have no opener by their policy, so the test turns that off for itself.
  const document = await documentAt(
    t,
    `${origin}/`,
    12_000,
    '--disable-popup-blocking',
    '--disable-features=CrossOriginOpenerPolicy',
  )
  assert.match(document, /data-folded="true"/)
  assert.match(document, /data-names="m-jobs.failed"/)
  assert.match(document, /data-address="\?filter=jobs\.f\*"/)
})

test('a page of another site can neither read the status nor start a profile in Chromium', options, async (t) => {
  const handler = statusHandler(new Registry(), { allow: 'loopback', profile: true })
  const statuses: [string, number][] = []
  const url = await serveHandler(t, (request, response) => {
    response.once('finish', () => statuses.push([request.url ?? '', response.statusCode]))
    handler(request, response)
  })
  const { port } = new URL(url)
  const evil = createServer((_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><body><img src="http://127.0.0.1:${port}/profile?seconds=1"><script>
      fetch('http://127.0.0.1:${port}/metrics').then((answer) => answer.text()).then((text) => { document.title = 'read ' + text })
    </script>`)
  }).listen(0, '127.0.0.1')
  t.after(() => evil.close())
  await new Promise((resolve) => evil.once('listening', resolve))
  const { port: evilPort } = evil.address() as { port: number }
  const document = await documentAt(
    t,
    `http://evil.example:${evilPort}/`,
    4000,
    `--host-resolver-rules=MAP evil.example 127.0.0.1`,
  )
  assert.match(document, /<img/)
  assert.doesNotMatch(document, /<title>/)
  assert.deepEqual(
    statuses.map(([, status]) => status),
    statuses.map(() => 403),
  )
  assert.ok(statuses.length > 0)
  // Rebinding: the page asks for itself, at a name that leads here by now.
  const rebound = await documentAt(
    t,
    `http://evil.example:${port}/`,
    2000,
    `--host-resolver-rules=MAP evil.example 127.0.0.1`,
  )
  assert.match(rebound, /Only requests for localhost/)
})

test('the page stays up to date where nothing is found, and where the filter is invalid', options, async (t) => {
  const url = await serveHandler(t, statusHandler(new Registry(), { allow: 'loopback', title: 'shop' }))
  const expected = { '/nothing': /No metric has this path/, '/?filter=p99%20%3E': /Expected a value after/ }
  for (const [path, message] of Object.entries(expected)) {
    const document = await documentAt(t, url + path, 4000)
    assert.match(document, message)
    assert.match(document, /data-state="live"/)
  }
})
