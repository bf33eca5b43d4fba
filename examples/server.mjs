// A server that knows nothing of plimsoll. Publish what it does: npx plimsoll run -- node examples/server.mjs
// Then, in another terminal: npx plimsoll show
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  response.end(`Hello from ${request.url}\n`)
})

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})

process.on('SIGTERM', () => server.close())
