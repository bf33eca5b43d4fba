import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, describe, test } from 'node:test'
import { openSink } from 'plimsoll/sinks'
import { compile } from '../support/compile.ts'

const document = readFileSync(join('docs', 'sinks.md'), 'utf8')

describe('docs/sinks.md', () => {
  // Below the package, so that the examples find plimsoll by name.
  const folder = join('build', 'docs-sinks')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  after(() => rmSync(folder, { recursive: true }))

  test('has examples that compile and run', () => {
    const examples = [...document.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ''], i) => {
      const file = join(folder, `example-${i}.ts`)
      writeFileSync(file, code.replaceAll('/tmp/', `${resolve(folder)}/`))
      return file
    })
    assert.ok(examples.length >= 3)
    assert.deepEqual(compile(examples), [])
    for (const file of examples) {
      const env = { ...process.env, PLIMSOLL_DIR: resolve(folder) }
      const { status, stderr } = spawnSync(process.execPath, [file.replace(/ts$/, 'js')], { env, encoding: 'utf8' })
      assert.deepEqual([status, stderr], [0, ''], file)
    }
    assert.match(readFileSync(join(folder, 'shop-metrics.json'), 'utf8'), /"orders"/)
  })

  test('has configurations whose sinks can be made', async () => {
    const configs = [...document.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text = '']) => JSON.parse(text))
    const sinks = configs.flatMap((config) => config.sinks as readonly { readonly to: string }[])
    const made = await Promise.all(sinks.map(({ to, ...options }) => openSink(to, options)))
    assert.deepEqual(
      made.map(({ name }) => name),
      [
        'file /tmp/shop-metrics.json',
        'textfile /tmp/shop.prom',
        'remote-write 127.0.0.1:8428',
        'graphite 127.0.0.1:2003',
        'statsd 127.0.0.1:8125',
        'otlp 127.0.0.1:4318',
      ],
    )
  })
})
