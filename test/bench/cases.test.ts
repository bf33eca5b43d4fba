import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Bar, Measurement } from '../../bench/result.ts'

const folder = fileURLToPath(new URL('../../bench/', import.meta.url))
const cases = readdirSync(folder).filter((file) => file.endsWith('.bench.js'))

// All in one process: that each loads the other libraries anew takes most of the time where there is so little to measure.
const program = fileURLToPath(new URL('fixtures/all-cases.js', import.meta.url))
// What publishes by itself, as the APIs of other libraries do, is no app of this machine.
const pages = mkdtempSync(join(tmpdir(), 'plimsoll-cases-'))
after(() => rmSync(pages, { recursive: true, force: true, maxRetries: 10 }))
const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', program, 'tiny'], {
  encoding: 'utf8',
  env: { ...process.env, PLIMSOLL_DIR: pages },
})

/** What a case printed: the measurements of those that came to their end. */
function measured(file: string): Measurement[] {
  const [, after = ''] = `\n${stdout}`.split(`\n${file}\n`)
  const line = after.split('\n', 1)[0] as string
  assert.ok(line.startsWith('['), `${file} has printed no measurement: ${stderr}`)
  return JSON.parse(line)
}

for (const file of cases) {
  test(`the benchmark ${file} does the work that it measures, and has a figure for each bar`, () => {
    for (const { reference, bars, figures } of measured(file)) {
      const named = [reference, ...bars.flatMap((bar: Bar) => [bar.contender, bar.times ?? bar.contender])]
      assert.deepEqual(
        named.filter((name) => !Number.isFinite(figures[name])),
        [],
      )
    }
  })
}

test('the benchmarks warn of nothing, and their process ends by itself', () => {
  assert.deepEqual({ stderr, status }, { stderr: '', status: 0 })
})
