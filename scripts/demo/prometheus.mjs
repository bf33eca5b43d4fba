/** The Prometheus text, served by the demo's own process, which reads the pages of the service. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { formatPrometheus, prometheusContentType } from 'plimsoll/formats'

/** Serves what `read` returns at `/metrics`, on a free port of the loopback. */
export async function servePrometheus(read) {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end('See /metrics\n')
      return
    }
    response.writeHead(200, { 'content-type': prometheusContentType }).end(formatPrometheus(read()))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}/metrics`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
