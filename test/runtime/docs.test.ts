import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { newFolder } from '../cli/processes.ts'

/** The blocks of code of a page. */
function blocksOf(page: string): string[] {
  return [...readFileSync(join('docs', page), 'utf8').matchAll(/^```js\n(.*?)^```/gms)].map(([, code = '']) => code)
}

test('every example of docs/runtime.md and docs/http-metrics.md runs as it is printed', (t) => {
  // Where plimsoll is found by its name.
  const folder = resolve('build', 'runtime-examples')
  mkdirSync(folder, { recursive: true })
  t.after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))
  const blocks = ['runtime.md', 'http-metrics.md'].flatMap(blocksOf)
  assert.ok(blocks.length >= 6, `${blocks.length} examples`)
  for (const [i, code] of blocks.entries()) writeFileSync(join(folder, `${i}.mjs`), code)
  const all = blocks.map((_, i) => `await import('./${i}.mjs')`)
  writeFileSync(join(folder, 'all.mjs'), [...all, 'process.exit()'].join('\n'))
  const env = { ...process.env, PLIMSOLL_DIR: newFolder(t) }
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'all.mjs')], { env, encoding: 'utf8' })
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
})
