import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { openSink } from 'plimsoll/sinks'
import { compile } from '../support/compile.ts'
import { everyKind } from '../support/snapshots.ts'
import { deliver, deliveryFor } from './deliveries.ts'
import { type HttpReceiver, startHttpReceiver } from './receivers/http-receiver.ts'

interface Config {
  readonly sinks: readonly ({ readonly to: string } & Readonly<Record<string, unknown>>)[]
}

const files = ['otlp.md', 'remote-write.md', 'pushgateway.md']

function blocks(file: string, language: string): string[] {
  const document = readFileSync(join('docs', 'sinks', file), 'utf8')
  const found = document.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))
  return [...found].map(([, text = '']) => text)
}

describe('The documents of sinks over HTTP', () => {
  // Below the package, so that the examples find plimsoll by name.
  const folder = join('build', 'docs-sinks-push')
  mkdirSync(folder, { recursive: true })
  after(() => rmSync(folder, { recursive: true }))

  test('have examples that compile', () => {
    const examples = files.flatMap((file) => {
      return blocks(file, 'ts').map((code) => {
        const path = join(folder, `${file}.ts`)
        writeFileSync(path, code)
        return path
      })
    })
    assert.equal(examples.length, 3)
    assert.deepEqual(compile(examples), [])
  })

  test('have configurations that send what they say', async (t) => {
    const receiver: HttpReceiver = await startHttpReceiver()
    t.after(() => receiver.stop())
    for (const file of files) {
      const [text = ''] = blocks(file, 'json')
      const [{ to, ...options }] = (JSON.parse(text) as Config).sinks as [Config['sinks'][number]]
      const sink = await openSink(to.replace(/:\d+/, `:${receiver.port}`), options)
      const delivered = await deliver(sink, everyKind)
      assert.deepEqual([delivered.error, delivered.lost], [undefined, {}], file)
      await sink.close?.(deliveryFor(delivered))
    }
    const paths = receiver.received.map(({ method, path }) => `${method} ${path}`)
    assert.deepEqual(
      [...new Set(paths)],
      ['POST /v1/metrics', 'POST /api/v1/write', 'PUT /metrics/job/nightly-report/host/batch-1'],
    )
    const bodies = receiver.received.map(({ body }) => Buffer.from(body).toString('latin1'))
    assert.match(bodies[0] ?? '', /deployment\.environment\.name/)
    assert.match(bodies[1] ?? '', /environment.*production/s)
  })
})
