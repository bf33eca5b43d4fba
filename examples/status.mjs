/**
 * An app with a status page: `node examples/status.mjs`, then open the address that it prints. /work?ms=3000 blocks the app for three
 * seconds; the status page answers meanwhile, and its link "what runs now" names the function.
 */
import { createServer } from 'node:http'
import { counter, publish, timer } from 'plimsoll'
import { serveStatus } from 'plimsoll/http'

const requests = counter('http.requests', { labels: ['route'], help: 'Requests answered' })
const latency = timer('http.latency', { labels: ['route'], help: 'From the request to its answer' })

publish({ app: 'status-example' })
const status = await serveStatus({ port: Number(process.env.STATUS_PORT ?? 7547) })

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const route = pathname === '/work' ? '/work' : 'other'
  const stopwatch = latency.labels({ route }).start()
  if (route === '/work') workFor(Math.min(60_000, Number(searchParams.get('ms')) || 0))
  stopwatch.stop()
  requests.labels({ route }).inc()
  response.end('done\n')
})

function workFor(ms) {
  const end = performance.now() + ms
  while (performance.now() < end);
}

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`The app is at http://127.0.0.1:${server.address().port}/work?ms=3000`)
  console.log(status.url === undefined ? status.error?.message : `Its status is at ${status.url}`)
})
process.once('SIGTERM', () => server.close())
