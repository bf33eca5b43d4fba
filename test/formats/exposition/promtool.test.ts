import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatOpenMetrics, formatPrometheus } from 'plimsoll/formats'
import { needsPackage } from '../../support/debian.ts'
import { everyMeasure } from '../../support/measures.ts'
import { everyKind } from '../../support/snapshots.ts'

const promtool = needsPackage('prometheus', 'promtool')
const skip = 'missing' in promtool ? promtool.missing : false

function check(text: string): { status: number | null; said: string } {
  const path = 'path' in promtool ? promtool.path : ''
  const { status, stdout, stderr } = spawnSync(path, ['check', 'metrics'], { input: text, encoding: 'utf8' })
  return { status, said: stdout + stderr }
}

test('promtool has nothing to say against the Prometheus text of every kind of metric', { skip }, () => {
  assert.deepEqual(check(formatPrometheus(everyKind)), { status: 0, said: '' })
  assert.deepEqual(check(formatPrometheus(everyMeasure)), { status: 0, said: '' })
})

test("Prometheus's own parser reads every line of the OpenMetrics text, exemplars and states included", {
  skip,
}, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-promtool-'))
  t.after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))
  const text = formatOpenMetrics(everyMeasure)
  assert.deepEqual(blockOf(folder, text), { status: 0, samples: text.match(/^[^#]/gm)?.length })
  assert.equal(blockOf(folder, text.replace('pool_state="busy"} 1', 'pool_state="busy"} one')).status, 1)
})

/** How many samples promtool makes a block of, which it only does of lines with a time. */
function blockOf(folder: string, text: string): { status: number | null; samples: number } {
  const timed = text.replace(/^([^#\n].*?) (\S+)( # .*)?$/gm, '$1 $2 1790000000$3')
  writeFileSync(join(folder, 'text'), timed)
  const path = 'path' in promtool ? promtool.path : ''
  const args = ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'text'), join(folder, 'block')]
  const { status, stdout } = spawnSync(path, args, { encoding: 'utf8' })
  return { status, samples: Number(/ms +(\d+) /.exec(stdout)?.[1]) }
}

test('promtool refuses text with a family twice, so its silence means something', { skip }, () => {
  const { status } = check('# HELP a_total x\n# TYPE a_total counter\na_total 1\n# TYPE a_total counter\na_total 2\n')
  assert.equal(status, 1)
})

test('promtool takes names that clash and label values full of quotes, backslashes and lines', { skip }, () => {
  const labelNames = ['path', 'le']
  const series = [{ labels: { path: 'C:\\x "y"\nz\r\t\u0000é\ud800', le: '' }, value: 1 }]
  const head = { kind: 'counter', unit: '', help: 'One \\ two\n"three"', labelNames, series } as const
  const families = [
    { ...head, name: 'web.hits' },
    { ...head, name: 'web/hits' },
    { ...head, name: 'web_hits' },
  ]
  const { status, said } = check(formatPrometheus({ version: 1, takenAt: 0, pages: [], families }))
  assert.deepEqual({ status, said }, { status: 0, said: '' })
})
