import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { openSink } from 'plimsoll/sinks'
import { compile } from '../support/compile.ts'
import { everyKind } from '../support/snapshots.ts'
import { deliver, deliveryFor } from './deliveries.ts'

interface Config {
  readonly sinks: readonly ({ readonly to: string } & Readonly<Record<string, unknown>>)[]
}

function blocks(file: string, language: string): string[] {
  const document = readFileSync(join('docs', 'sinks', file), 'utf8')
  return [...document.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  )
}

/** Sends what the configuration in a document says, to another port. */
async function sendAsIn(file: string, port: number): Promise<void> {
  const [text = ''] = blocks(file, 'json')
  const [{ to, ...options }] = (JSON.parse(text) as Config).sinks as [Config['sinks'][number]]
  const sink = await openSink(to.replace(/:\d+$/, `:${port}`), options)
  const delivered = await deliver(sink, everyKind)
  assert.equal(delivered.error, undefined)
  await sink.close?.(deliveryFor(delivered))
}

describe('The documents of sinks of lines', () => {
  // Below the package, so that the examples find plimsoll by name.
  const folder = join('build', 'docs-sinks-lines')
  mkdirSync(folder, { recursive: true })
  after(() => rmSync(folder, { recursive: true }))

  test('have examples that compile', () => {
    const examples = ['graphite.md', 'statsd.md'].flatMap((file) => {
      return blocks(file, 'ts').map((code) => {
        const path = join(folder, `${file}.ts`)
        writeFileSync(path, code)
        return path
      })
    })
    assert.equal(examples.length, 2)
    assert.deepEqual(compile(examples), [])
  })

  test('have a configuration for Graphite that sends what it says', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const connected = once(server, 'connection')
    await sendAsIn('graphite.md', (server.address() as { port: number }).port)
    const [socket] = await connected
    let text = ''
    for await (const part of socket.setEncoding('utf8')) text += part
    assert.match(text, /^servers\.web-1\.web\.requests\._\.200 3 1790000000$/m)
    server.close()
    await once(server, 'close')
  })

  test('have a configuration for the Datadog agent that sends what it says', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    let text = ''
    const arrived = new Promise<void>((resolve) => {
      socket.on('message', (bytes) => {
        text += bytes
        if (text.includes('heap')) resolve()
      })
    })
    await sendAsIn('statsd.md', socket.address().port)
    await arrived
    assert.match(text, /^shop\.pool\.busy:0\.25\|g\|#pool:db$/m)
    socket.close()
    await once(socket, 'close')
  })
})
