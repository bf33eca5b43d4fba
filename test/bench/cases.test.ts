import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Bar, Measurement } from '../../bench/result.ts'

const folder = fileURLToPath(new URL('../../bench/', import.meta.url))
const cases = readdirSync(folder).filter((file) => file.endsWith('.bench.js'))

for (const file of cases) {
  test(`the benchmark ${file} does the work that it measures, and has a figure for each bar`, () => {
    const run = spawnSync(process.execPath, ['--expose-gc', `${folder}${file}`, 'tiny'], { encoding: 'utf8' })
    assert.equal(run.stderr, '')
    assert.equal(run.status, 0)
    for (const { reference, bars, figures } of JSON.parse(run.stdout) as Measurement[]) {
      const named = [reference, ...bars.flatMap((bar: Bar) => [bar.contender, bar.times ?? bar.contender])]
      assert.deepEqual(
        named.filter((name) => !Number.isFinite(figures[name])),
        [],
      )
    }
  })
}
