import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

test('V8 has the flags that commands set which read again and again', () => {
  const file = import.meta.resolve('#src/cli/repeated-reads.ts')
  const program = `
    const { collectReadsSoon, optimizeLater } = await import('${file}')
    collectReadsSoon()
    optimizeLater()
    console.log('set')`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  // V8 reports a flag that it does not have there, and goes on.
  assert.deepEqual({ stdout, stderr }, { stdout: 'set\n', stderr: '' })
})
