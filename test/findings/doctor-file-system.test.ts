import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { main } from '../support/command.ts'

const apart = ['--mount', '--propagation', 'private']
const skip = namespacesAreLacking()

function namespacesAreLacking(): string | false {
  const { status, stderr } = spawnSync('unshare', [...apart, 'mount', '-t', 'tmpfs', 'tmpfs', '/dev/shm'], {
    encoding: 'utf8',
  })
  return status === 0 && process.getuid?.() === 0 ? false : `no file systems of its own here: ${stderr ?? 'no unshare'}`
}

/** Runs commands where /dev/shm is a file system of 1 MiB after `prepare`, with the default directory. */
function withSharedMemory(t: TestContext, prepare: string, ...commands: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-cli-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const run = commands.map((command) => `"${process.execPath}" "${main}" ${command}; echo "= $?"`)
  const script = ['mount -t tmpfs -o size=1m,mode=1777 tmpfs /dev/shm', prepare, ...run].join('\n')
  const { PLIMSOLL_DIR: _, ...env } = process.env
  const options = { encoding: 'utf8', env: { ...env, TMPDIR: folder } } as const
  const { stdout, stderr } = spawnSync('unshare', [...apart, 'sh', '-c', script], options)
  return { codes: stdout, messages: stderr.trim().split('\n') }
}

test('a full file system is why nobody publishes, and a finding', { skip }, (t) => {
  const fill = 'mkdir -m 700 /dev/shm/plimsoll-0; head -c 2000000 /dev/zero 2>/dev/null >/dev/shm/fill 2>&1'
  const { codes, messages } = withSharedMemory(t, `${fill} || true`, 'ls', 'doctor', 'doctor --json | cut -c1-80')
  const message =
    'plimsoll: nobody publishes in /dev/shm/plimsoll-0: the file system of /dev/shm/plimsoll-0 is full, 0 B of 1 MiB free. New processes get no page there, and pages no more series. Run "plimsoll clean", enlarge it, or set PLIMSOLL_DIR to another directory.'
  assert.deepEqual(messages.slice(-2), [message, message])
  assert.match(codes, /^= 0\n= 1\n\[{"rule":"file-system-full","severity":"warning"/)
})

test('where only other users publish, messages name their directories', { skip }, (t) => {
  const prepare = 'mkdir -m 700 /dev/shm/plimsoll-1000 /dev/shm/plimsoll-other; chown 1000 /dev/shm/plimsoll-1000'
  const { messages } = withSharedMemory(t, prepare, 'ls', 'ls --dir /dev/shm/plimsoll-1000')
  assert.deepEqual(
    messages.map((message) => message.replace(/ Call publish.*/, '')),
    [
      'plimsoll: nobody publishes in /dev/shm/plimsoll-0, which does not exist yet. There are directories of users: /dev/shm/plimsoll-1000 of user 1000.',
      'plimsoll: nobody publishes in /dev/shm/plimsoll-1000.',
    ],
  )
})
