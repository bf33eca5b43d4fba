import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openPage } from 'plimsoll/page'
import type { FamilySnapshot, StateSeries, TextSeries } from 'plimsoll/snapshot'

const program = fileURLToPath(new URL('fixtures/restless.js', import.meta.url))

function seriesOf(families: readonly FamilySnapshot[], name: string): unknown {
  return families.find((family) => family.name === name)?.series[0]
}

test('A reader never meets a mix of two texts, nor seconds that nobody spent, however fast they change', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-restless-'))
  t.after(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }))
  const began = Date.now() / 1000
  const child = spawn(process.execPath, [program, dir], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })
  const [file] = (await once(lines, 'line')) as [string]
  const reader = openPage(file)
  t.after(() => reader.close())
  const seen = new Set<string>()
  // While the writer waits for the processor in the midst of a text, no read finds a whole one.
  for (let reads = 0, whole = 0; whole < 2000 || seen.size < 11; reads++) {
    const { families } = reader.read()
    const { value } = seriesOf(families, 'song') as TextSeries
    if (value !== '') {
      assert.match(value, /^([a-z])\1*$/)
      assert.equal(value.length, 4000 + 150 * (value.charCodeAt(0) - 97))
      seen.add(value)
      whole++
    }
    const { seconds } = seriesOf(families, 'phase') as StateSeries
    const spent = Object.values(seconds).reduce((sum, one) => sum + one, 0)
    const passed = Date.now() / 1000 - began
    // Milliseconds of two clocks that are read one after the other, and are rounded.
    assert.ok(spent <= passed + 0.1 && spent >= 0, `${spent} s in ${passed} s`)
    if (reads % 16 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
})
