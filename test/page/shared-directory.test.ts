import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { main } from '../support/command.ts'
import { mappedOnly } from '../support/written.ts'

const script = fileURLToPath(new URL('fixtures/shared-directory.js', import.meta.url))
const golden = 'test/page/golden/v1-example.page'
/** Of no user of a machine, and of nobody else's tests. */
const user = 41_001
const stranger = 41_002

/** Why nothing of the project can be run as another user. */
function cannotActAsOther(): string | false {
  if (process.geteuid?.() !== 0 || !existsSync('/dev/shm')) return 'only root can be several users'
  const { status } = spawnSync(process.execPath, [script, '', '0'], { uid: user, gid: user, stdio: 'ignore' })
  return status === 0 ? false : 'another user may not read the folder of the project'
}
const skip = cannotActAsOther()

interface Outcome {
  readonly file: string | null
  readonly directory: string
  readonly total: number | null
  readonly codes: readonly string[]
  readonly failures: readonly string[]
}

/** Publishes and reads as a user; `value` 0 reads only. */
function as(uid: number, given: string, value: number, temporary: string): Outcome {
  const { PLIMSOLL_DIR: _, ...env } = process.env
  const options = { uid, gid: uid, env: { ...env, TMPDIR: temporary }, encoding: 'utf8' } as const
  return JSON.parse(execFileSync(process.execPath, [script, given, String(value)], options))
}

function command(uid: number, temporary: string, ...args: string[]) {
  const { PLIMSOLL_DIR: _, ...env } = process.env
  const options = { uid, gid: uid, env: { ...env, TMPDIR: temporary }, encoding: 'utf8' } as const
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], options)
  return { stdout, stderr, status }
}

function newFolder(t: TestContext, mode = 0o1777): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-shared-'))
  t.after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))
  chmodSync(folder, mode)
  return folder
}

/** Makes a directory as another user would, with a page of theirs in it. */
function plant(t: TestContext, path: string): void {
  t.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 10 }))
  mkdirSync(path)
  copyFileSync(golden, join(path, 'shop-1-0-00000000.page'))
  for (const each of [join(path, 'shop-1-0-00000000.page'), path]) chownSync(each, stranger, stranger)
  chmodSync(path, 0o755)
}

test('users who share a directory of unsafe mode have one each, and read what their own processes wrote', {
  skip,
}, (t) => {
  for (const [mode, owner] of [
    [0o2777, 0],
    [0o777, stranger],
  ] as const) {
    const shared = newFolder(t, mode)
    chownSync(shared, owner, owner)
    chmodSync(shared, mode)
    const own = join(shared, `plimsoll-${user}`)
    const first = as(user, shared, 3, shared)
    assert.deepEqual(
      { ...first, file: dirname(first.file ?? '') },
      { file: own, directory: own, total: 3, codes: [], failures: [] },
      `mode ${mode.toString(8)} of user ${owner}`,
    )
    assert.deepEqual([statSync(own).mode & 0o777, statSync(own).uid], [0o700, user])
    assert.equal(as(user, shared, 4, shared).total, 7)
    const below = as(user, join(shared, 'below'), 5, shared)
    assert.equal(dirname(below.file ?? ''), join(shared, 'below', `plimsoll-${user}`))
    assert.equal(as(stranger, shared, 2, shared).total, 2)
    const seen = command(0, shared, 'ls', '--dir', shared)
    assert.match(seen.stderr, new RegExp(`There are directories of users: ${own} of user ${user}`))
  }
})

test('a name that another user has taken in a shared directory denies nobody metrics', { skip }, (t) => {
  const shared = newFolder(t, 0o777)
  plant(t, join(shared, `plimsoll-${user}`))
  const first = as(user, shared, 3, shared)
  assert.match(basename(first.directory), new RegExp(`^plimsoll-${user}-[0-9a-f]{8}$`))
  assert.deepEqual(
    { ...first, file: dirname(first.file ?? '') },
    { ...first, file: first.directory, total: 3, codes: [] },
  )
  assert.equal(as(user, shared, 4, shared).total, 7)
})

test('a default directory that another user made first is not read, and the next place is used by writers and readers', {
  skip,
}, (t) => {
  const temporary = newFolder(t)
  const planted = `/dev/shm/plimsoll-${user}`
  plant(t, planted)
  const none = as(user, '', 0, temporary)
  assert.deepEqual([none.total, none.failures], [null, ['PLIMSOLL_DIRECTORY_REFUSED']])
  const show = command(user, temporary, 'show')
  assert.deepEqual([show.status, show.stdout], [1, ''])
  assert.match(
    show.stderr,
    new RegExp(`PLIMSOLL_DIRECTORY_REFUSED Cannot use the directory ${planted} .* user ${stranger} owns it`),
  )
  // Nor is it read as that user's by root.
  assert.match(command(0, temporary, 'show', '--dir', planted).stderr, /^plimsoll: PLIMSOLL_PAGE_FOREIGN/)
  const next = join(temporary, `plimsoll-${user}`)
  const first = as(user, '', 3, temporary)
  assert.deepEqual(
    { ...first, file: dirname(first.file ?? '') },
    { file: next, directory: next, total: 3, codes: [], failures: [] },
  )
  rmSync(planted, { recursive: true })
  assert.equal(as(user, '', 4, temporary).total, 7)
  assert.match(command(user, temporary, 'ls').stdout, /^\s*PID/)
})

test('a directory in the temporary folder that no process uses any more keeps no writer from /dev/shm', {
  skip,
}, (t) => {
  const temporary = newFolder(t)
  const elsewhere = newFolder(t)
  const shared = `/dev/shm/plimsoll-${user}`
  const stale = join(temporary, `plimsoll-${user}`)
  t.after(() => rmSync(shared, { recursive: true, force: true }))
  plant(t, shared)
  assert.equal(as(user, '', 3, temporary).directory, stale)
  rmSync(shared, { recursive: true })
  // The process that ended a moment ago may be one that is started again.
  assert.equal(as(user, '', 4, temporary).directory, stale)
  const hourAgo = Date.now() / 1000 - 3600
  for (const name of readdirSync(stale)) utimesSync(join(stale, name), hourAgo, hourAgo)
  assert.equal(as(user, '', 0, temporary).directory, stale)
  assert.equal(as(user, '', 5, temporary).directory, shared)
  // A reader with another temporary folder finds it, as does one with the same.
  assert.deepEqual([as(user, '', 0, elsewhere).total, as(user, '', 0, temporary).total], [5, 5])
})

test('a directory in the temporary folder with a living process, however silent, is that of further writers', {
  // Written pages have no locks: one that was not written for a minute is in no use.
  skip: skip || mappedOnly.skip,
}, async (t) => {
  const temporary = newFolder(t)
  const shared = `/dev/shm/plimsoll-${user}`
  const used = join(temporary, `plimsoll-${user}`)
  t.after(() => rmSync(shared, { recursive: true, force: true }))
  plant(t, shared)
  const { PLIMSOLL_DIR: _, ...env } = process.env
  const living = spawn(process.execPath, [script, '', '3', 'stay'], {
    uid: user,
    gid: user,
    env: { ...env, TMPDIR: temporary },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => living.kill())
  await once(living.stdout, 'data')
  rmSync(shared, { recursive: true })
  living.kill('SIGSTOP')
  t.after(() => living.kill('SIGCONT'))
  const hourAgo = Date.now() / 1000 - 3600
  for (const name of readdirSync(used)) utimesSync(join(used, name), hourAgo, hourAgo)
  const next = as(user, '', 4, temporary)
  assert.deepEqual([next.directory, next.total], [used, 7])
})

test('where other users have made all default directories, the name of the next one is unpredictable', {
  skip,
}, (t) => {
  const temporary = newFolder(t)
  plant(t, `/dev/shm/plimsoll-${user}`)
  plant(t, join(temporary, `plimsoll-${user}`))
  t.after(() => {
    for (const name of readdirSync('/dev/shm')) {
      if (name.startsWith(`plimsoll-${user}-`)) rmSync(`/dev/shm/${name}`, { recursive: true })
    }
  })
  assert.deepEqual(as(user, '', 0, temporary).failures, ['PLIMSOLL_DIRECTORY_REFUSED'])
  const first = as(user, '', 3, temporary)
  assert.match(first.directory, new RegExp(`^/dev/shm/plimsoll-${user}-[0-9a-f]{8}$`))
  assert.deepEqual([first.total, as(user, '', 4, temporary).total], [3, 7])
})

test('whoever reads the page of another user sees whose it is, by name where there is one', { skip }, (t) => {
  const folder = newFolder(t, 0o755)
  const page = join(folder, 'shop-1-0-00000000.page')
  copyFileSync(golden, page)
  for (const [owner, name] of [
    [user, String(user)],
    [65_534, execFileSync('id', ['-nu', '65534'], { encoding: 'utf8' }).trim()],
  ] as const) {
    for (const each of [page, folder]) chownSync(each, owner, owner)
    const [head = '', line = ''] = command(0, folder, 'ls', '--dir', folder).stdout.split('\n')
    const column = head.trim().split(/ +/).indexOf('OWNER')
    assert.equal(line.trim().split(/ +/)[column], name)
    assert.match(command(0, folder, 'show', '--dir', folder).stdout, new RegExp(`^golden .*, of user ${name}\n`))
    const json = JSON.parse(command(0, folder, 'show', '--dir', folder, '--json').stdout)
    assert.equal(json.pages[0].owner, owner)
  }
  assert.doesNotMatch(command(65_534, folder, 'ls', '--dir', folder).stdout, /OWNER/)
})
