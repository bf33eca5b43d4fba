import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readPage } from 'plimsoll/page'
import { mountDisk } from './disk.ts'
import { countOf, newFolder, root, run, start } from './processes.ts'

const isRoot = process.getuid?.() === 0
const nobody = 65_534

/** Publishes to `dir` in a process of its own; gives the code of the error. Everything but the page must be in order. */
async function refusal(t: TestContext, dir: string, how = ''): Promise<string> {
  const { code, signal, stdout } = await run(t, 'publisher', [dir, how])
  assert.deepEqual({ code, signal }, { code: 0, signal: null })
  const { error, ...rest } = JSON.parse(stdout)
  assert.deepEqual(rest, { file: null, warnings: [error], value: 3, read: 3 })
  return error
}

function made(folder: string, name: string, mode: number): string {
  const path = join(folder, name)
  mkdirSync(path)
  chmodSync(path, mode)
  return path
}

test('a directory that cannot be written to or made leaves the app at work, with one warning', async (t) => {
  const folder = newFolder(t)
  const file = join(folder, 'file')
  writeFileSync(file, 'precious')
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'))
  assert.equal(await refusal(t, file), 'PLIMSOLL_DIRECTORY_REFUSED')
  assert.equal(await refusal(t, join(file, 'pages')), 'PLIMSOLL_DIRECTORY_REFUSED')
  assert.equal(await refusal(t, join(folder, 'dangling')), 'PLIMSOLL_DIRECTORY_REFUSED')
  assert.deepEqual(readdirSync(folder).sort(), ['dangling', 'file'])
  assert.equal(readFileSync(file, 'utf8'), 'precious')
})

// Node's recursive mkdir tries for ever where the kernel says ENOENT although the parent is there.
test('a directory that the kernel does not let anybody make leaves the app at work', async (t) => {
  assert.equal(await refusal(t, '/proc/plimsoll/pages'), 'PLIMSOLL_DIRECTORY_REFUSED')
})

test('a read-only directory leaves the app at work, with one warning', async (t) => {
  const dir = isRoot ? mountDisk(t, 64, ['ro']) : made(newFolder(t), 'pages', 0o555)
  if (dir !== undefined) assert.equal(await refusal(t, dir), 'PLIMSOLL_PAGE_NOT_CREATED')
})

test('in a directory in which others could change a page, it is in one of the user alone', async (t) => {
  const folder = newFolder(t)
  for (const mode of [0o777, 0o770, 0o702]) {
    const { stdout } = await run(t, 'publisher', [made(folder, mode.toString(8), mode)])
    assert.equal(statSync(dirname(JSON.parse(stdout).file)).mode & 0o777, 0o700)
  }
  const { stdout } = await run(t, 'publisher', [made(folder, 'sticky', 0o1777)])
  assert.ok(existsSync(JSON.parse(stdout).file))
})

test("another user's directory is refused", { skip: !isRoot && 'only root can give a directory away' }, async (t) => {
  const dir = made(newFolder(t), 'theirs', 0o700)
  chownSync(dir, nobody, nobody)
  assert.equal(await refusal(t, dir), 'PLIMSOLL_DIRECTORY_REFUSED')
  assert.deepEqual(readdirSync(dir), [])
})

test('a link in place of the directory is refused, and nothing is written where it leads', async (t) => {
  const folder = newFolder(t)
  const target = made(folder, 'target', 0o700)
  symlinkSync(target, join(folder, 'link'))
  for (const path of ['link', 'link/', 'link/.', 'link//', 'target/../link']) {
    assert.equal(await refusal(t, `${folder}/${path}`), 'PLIMSOLL_DIRECTORY_REFUSED', path)
  }
  assert.deepEqual(readdirSync(target), [])
  assert.deepEqual(readdirSync(folder).sort(), ['link', 'target'])
})

test('a process whose working directory is gone goes on, with one warning', async (t) => {
  const dir = made(newFolder(t), 'gone', 0o700)
  assert.match(await refusal(t, dir, 'gone'), /^PLIMSOLL_/)
})

test('a link planted where a page is about to be is not followed', async (t) => {
  const folder = newFolder(t)
  const dir = made(folder, 'pages', 0o700)
  const victim = join(folder, 'victim')
  writeFileSync(victim, 'precious')
  // The names hold a random number, which is taken away for once; and the pid, so the links wait for their process.
  const planted = start(t, 'planted-link', [dir, victim])
  const temporary = JSON.parse(await planted.line())
  assert.deepEqual(temporary, { error: 'PLIMSOLL_PAGE_NOT_CREATED', warnings: ['PLIMSOLL_PAGE_NOT_CREATED'], value: 3 })
  const final = JSON.parse(await planted.line())
  assert.equal(countOf(readPage(final.file), 'sales'), 5)
  await planted.ended
  assert.equal(readFileSync(victim, 'utf8'), 'precious')
})

test('a process that may not look at the file system at all is left at work, with one warning', async (t) => {
  const flag = ['--permission', '--experimental-permission'].find((one) => process.allowedNodeEnvironmentFlags.has(one))
  if (flag === undefined) return t.skip('this version of Node has no permissions')
  const node = ['--no-warnings', flag, `--allow-fs-read=${root}`]
  const { code, stdout } = await run(t, 'publisher', ['', 'default'], { node })
  assert.deepEqual(
    { code, ...JSON.parse(stdout) },
    {
      code: 0,
      file: null,
      error: 'PLIMSOLL_DIRECTORY_REFUSED',
      warnings: ['PLIMSOLL_DIRECTORY_REFUSED'],
      value: 3,
      read: 3,
    },
  )
})
