import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Why this cannot be done here, by making a namespace with a cable in it. */
function refusal(): string | false {
  const making = [
    '--net',
    '--kill-child',
    '--fork',
    'ip',
    'link',
    'add',
    'here',
    'type',
    'veth',
    'peer',
    'name',
    'there',
  ]
  const { status, stderr } = spawnSync('unshare', making, { encoding: 'utf8' })
  return status === 0 ? false : `no network namespaces to be had here: ${stderr ?? 'there is no unshare'}`
}

test('A cable that is pulled between two network namespaces makes values late, and nothing is missing once it is in again', {
  skip: refusal(),
}, async () => {
  const program = fileURLToPath(new URL('fixtures/severed.js', import.meta.url))
  const { stdout } = await promisify(execFile)('unshare', ['--net', process.execPath, program], { timeout: 60_000 })
  assert.deepEqual(JSON.parse(stdout), {
    before: [5, 1, 'live'],
    during: [5, null, 'killed'],
    after: [12, 1, 'live'],
  })
})
