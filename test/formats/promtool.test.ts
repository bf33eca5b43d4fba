import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { formatPrometheus } from 'plimsoll/formats'
import { needsPackage } from '../support/debian.ts'
import { everyMeasure } from '../support/measures.ts'
import { everyKind } from '../support/snapshots.ts'

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
