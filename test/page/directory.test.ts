import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { PlimsollError, publish, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { defaultDirectory, listPages, readPage } from 'plimsoll/page'

const golden = 'test/page/golden/v1-empty.page'
const dir = mkdtempSync(join(tmpdir(), 'plimsoll-directory-'))
after(() => rmSync(dir, { recursive: true }))

const notRoot = process.getuid?.() === 0 ? false : 'files can be given to others by root only'
const others = { uid: 4101, gid: 4101 }
const script = 'build/test/page/fixtures/other-user.js'

/** Why nothing of the project can be run as another user: its folder may be in somebody's home. */
function cannotActAsOther(): string | false {
  if (notRoot !== false) return notRoot
  const { status } = spawnSync(process.execPath, [script], { ...others, stdio: 'ignore' })
  return status === 0 ? false : 'another user may not read the folder of the project'
}

function codeOfReading(file: string): string {
  try {
    readPage(file)
    return 'fine'
  } catch (error) {
    return error instanceof PlimsollError ? error.code : String(error)
  }
}

function codeOfPublishing(directory: string): string | undefined {
  const publication = publish({ registry: new Registry(), dir: directory, onWarning: () => {} })
  publication.close()
  return publication.error?.code
}

function folder(name: string, mode: number): string {
  const path = join(dir, name)
  mkdirSync(path, { recursive: true })
  chmodSync(path, mode)
  return path
}

test('A directory that is missing is made for this user alone, and pages are readable by nobody else', () => {
  const path = join(dir, 'a', 'b')
  const publication = publish({ registry: new Registry(), dir: path })
  assert.equal(statSync(path).mode & 0o7777, 0o700)
  assert.equal(statSync(publication.file ?? '').mode & 0o7777, 0o600)
  publication.close()
})

test('In a directory that others may write to, pages are in one of the user alone, unless it is sticky', () => {
  const own = `plimsoll-${process.geteuid?.() ?? 'user'}`
  const placeIn = (path: string): string => {
    const registry = new Registry()
    const publication = publish({ registry, dir: path })
    assert.equal(publication.error, undefined)
    // The same options again are no reason for a warning.
    publish({ registry, dir: path, onWarning: (warning) => assert.fail(warning) })
    const seen = fleet(path)
    assert.ok(seen.read().pages.some(({ file }) => file === publication.file))
    seen.close()
    publication.close()
    return dirname(publication.file ?? '')
  }
  for (const mode of [0o777, 0o770, 0o702, 0o2777]) {
    const path = folder(mode.toString(8), mode)
    assert.equal(placeIn(path), join(path, own))
    assert.equal(statSync(join(path, own)).mode & 0o777, 0o700)
    // Whoever is told of that directory may give it, too.
    assert.equal(placeIn(join(path, own)), join(path, own))
  }
  const below = join(folder('777', 0o777), 'below')
  assert.equal(placeIn(below), join(below, own))
  for (const mode of [0o1777, 0o755]) assert.equal(placeIn(folder('safe', mode)), join(dir, 'safe'))
})

test('A link to a directory is refused, also with a slash behind it', () => {
  symlinkSync(folder('real', 0o700), join(dir, 'link'))
  assert.equal(codeOfPublishing(join(dir, 'link')), 'PLIMSOLL_DIRECTORY_REFUSED')
  assert.equal(codeOfPublishing(`${join(dir, 'link')}/`), 'PLIMSOLL_DIRECTORY_REFUSED')
})

test('A path with ".." in it leads writers and readers to the same directory', () => {
  const path = folder('straight', 0o700)
  symlinkSync(folder('elsewhere', 0o700), join(dir, 'aside'))
  for (const winding of [`${path}/../straight`, `${dir}/missing/../straight`, `${dir}/aside/../straight`]) {
    const registry = new Registry()
    registry.counter('hits').inc(3)
    const publication = publish({ registry, dir: winding })
    const seen = fleet(`${winding}/`)
    assert.deepEqual([dirname(publication.file ?? ''), seen.directory], [path, path])
    assert.equal(seen.read().pages[0]?.file, publication.file)
    publication.close()
    seen.close()
    for (const file of listPages(path)) rmSync(file)
  }
})

test('A link is refused as a directory, also by a path with ".." in it', () => {
  symlinkSync(folder('target', 0o700), join(dir, 'leading'))
  assert.equal(codeOfPublishing(`${dir}/target/../leading`), 'PLIMSOLL_DIRECTORY_REFUSED')
})

test('A file and a path below a file are refused as directories', () => {
  writeFileSync(join(dir, 'file'), '')
  assert.equal(codeOfPublishing(join(dir, 'file')), 'PLIMSOLL_DIRECTORY_REFUSED')
  assert.equal(codeOfPublishing(join(dir, 'file', 'below')), 'PLIMSOLL_DIRECTORY_REFUSED')
})

test('What is no page file is refused with its reason, and nothing hangs', () => {
  const path = folder('odd', 0o700)
  symlinkSync(join(process.cwd(), golden), join(path, 'link.page'))
  symlinkSync(join(path, 'loop.page'), join(path, 'loop.page'))
  execFileSync('mkfifo', [join(path, 'fifo.page')])
  mkdirSync(join(path, 'folder.page'))
  writeFileSync(join(path, 'empty.page'), '')
  writeFileSync(join(path, 'text.page'), 'no page at all\n'.repeat(400))
  copyFileSync(golden, join(path, 'cut.page'))
  truncateSync(join(path, 'cut.page'), 5000)
  const codes = listPages(path).map((file) => [file.slice(path.length + 1), codeOfReading(file)])
  assert.deepEqual(Object.fromEntries(codes), {
    'cut.page': 'PLIMSOLL_PAGE_DAMAGED',
    'empty.page': 'PLIMSOLL_PAGE_DAMAGED',
    'fifo.page': 'PLIMSOLL_PAGE_UNREADABLE',
    'folder.page': 'PLIMSOLL_PAGE_UNREADABLE',
    'link.page': 'PLIMSOLL_PAGE_UNREADABLE',
    'loop.page': 'PLIMSOLL_PAGE_UNREADABLE',
    'text.page': 'PLIMSOLL_PAGE_UNKNOWN',
  })
  assert.equal(codeOfReading('/dev/zero'), 'PLIMSOLL_PAGE_UNREADABLE')
  assert.equal(codeOfReading(join(path, 'zero\0.page')), 'PLIMSOLL_PAGE_UNREADABLE')
})

test('Pages are listed in order, without unfinished ones and other files; a missing directory has none', () => {
  const path = folder('listed', 0o700)
  for (const name of ['b.page', 'a.page', '.c.page', 'd.txt', 'page']) writeFileSync(join(path, name), '')
  assert.deepEqual(listPages(path), [join(path, 'a.page'), join(path, 'b.page')])
  assert.deepEqual(listPages(join(path, 'missing')), [])
  assert.throws(() => listPages(join(path, 'a.page')), { code: 'PLIMSOLL_DIRECTORY_UNREADABLE' })
})

test('PLIMSOLL_DIR is the default directory; without it each user has one of its own', () => {
  const before = process.env.PLIMSOLL_DIR
  process.env.PLIMSOLL_DIR = '/somewhere'
  assert.equal(defaultDirectory(), '/somewhere')
  delete process.env.PLIMSOLL_DIR
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  assert.equal(defaultDirectory(), `${parent}/plimsoll-${process.getuid?.()}`)
  if (before !== undefined) process.env.PLIMSOLL_DIR = before
})

test('Another user is refused pages of third parties and directories that are not its own', {
  skip: cannotActAsOther(),
}, () => {
  const shared = folder('shared', 0o1777)
  chmodSync(dir, 0o755)
  const pages = ['root', 'own', 'third', 'secret'].map((name) => join(shared, `${name}.page`))
  for (const [i, uid] of [0, others.uid, 4102, 0].entries()) {
    copyFileSync(golden, pages[i] as string)
    chmodSync(pages[i] as string, i === 3 ? 0o600 : 0o644)
    chownSync(pages[i] as string, uid, uid)
  }
  const ofThird = folder('of-third', 0o755)
  copyFileSync(golden, join(ofThird, 'its.page'))
  for (const path of [ofThird, join(ofThird, 'its.page')]) chownSync(path, 4102, 4102)
  const ofOther = folder('of-other', 0o700)
  chownSync(ofOther, others.uid, others.gid)
  const directories = [ofThird, ofOther, shared, folder('of-root', 0o755)]
  const given = [[...pages, join(ofThird, 'its.page')], directories].map((list) => JSON.stringify(list))
  const answer = execFileSync(process.execPath, [script, ...given], others)
  assert.deepEqual(JSON.parse(String(answer)), {
    read: ['fine', 'fine', 'PLIMSOLL_PAGE_FOREIGN', 'PLIMSOLL_PAGE_UNREADABLE', 'fine'],
    published: ['PLIMSOLL_DIRECTORY_REFUSED', 'fine', 'fine', 'PLIMSOLL_PAGE_NOT_CREATED'],
  })
})

test('Root too is refused a page of somebody who does not own the directory', { skip: notRoot }, () => {
  const path = folder('for-root', 0o1777)
  copyFileSync(golden, join(path, 'planted.page'))
  chownSync(join(path, 'planted.page'), others.uid, others.gid)
  assert.equal(codeOfReading(join(path, 'planted.page')), 'PLIMSOLL_PAGE_FOREIGN')
  chownSync(path, others.uid, others.gid)
  assert.equal(codeOfReading(join(path, 'planted.page')), 'fine')
})
