import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { systemClock } from '#src/clock.ts'
import { archiveFile } from '#src/fleet/archive/archive.ts'
import { cleanDirectory } from '#src/page/clean.ts'
import { main } from '../support/command.ts'
import { mappedOnly } from '../support/written.ts'
import { newFolder, plimsoll, publisher } from './processes.ts'

/** Another process that holds the lock of a file. */
async function holdLock(t: TestContext, file: string): Promise<void> {
  const fixture = fileURLToPath(new URL('../os/fixtures/lock-holder.js', import.meta.url))
  const child = spawn(process.execPath, [fixture, file])
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
}

function pagesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.page'))
}

function setAge(file: string, seconds: number): void {
  const at = Date.now() / 1000 - seconds
  utimesSync(file, at, at)
}

test('clean removes pages of dead writers and old left-overs, and nothing else', mappedOnly, async (t) => {
  const folder = newFolder(t)
  const live = await publisher(t, folder, 'a-live')
  const dead = await publisher(t, folder, 'b-dead', 'count 1')
  await dead.kill()
  const held = join(folder, 'c-held.page')
  copyFileSync(dead.file, held)
  await holdLock(t, held)
  const damaged = join(folder, 'd-damaged.page')
  copyFileSync(dead.file, damaged)
  truncateSync(damaged, 8192)
  writeFileSync(join(folder, 'e-garbage.page'), 'mine')
  spawnSync('mkfifo', [join(folder, 'f-fifo.page')])
  mkdirSync(join(folder, 'g-directory.page'))
  symlinkSync(held, join(folder, 'h-link.page'))
  for (const name of ['.old-1-0-00000000.page', '.young-1-0-00000000.page']) writeFileSync(join(folder, name), '')
  setAge(join(folder, '.old-1-0-00000000.page'), 61)
  writeFileSync(join(folder, '.foreign.page'), 'mine too')
  setAge(join(folder, '.foreign.page'), 61)
  writeFileSync(join(folder, 'notes.txt'), '')
  const before = readdirSync(folder)

  const dry = await plimsoll('clean', '--dry-run', '--dir', folder)
  assert.deepEqual(readdirSync(folder), before)
  const { status, stdout, stderr } = await plimsoll('clean', '--dir', folder)
  const words = (text: string) =>
    text
      .replaceAll(`${folder}/`, '')
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/ +/g, ' '))
  assert.deepEqual(words(stdout), [
    'removed .old-1-0-00000000.page it was never finished',
    'kept .young-1-0-00000000.page not silent for long enough',
    `kept ${basename(live.file)} its writer is running`,
    `removed ${basename(dead.file)} its writer has ended`,
    'kept c-held.page its writer is running',
    'removed d-damaged.page its writer has ended',
    `removed 3, kept 8 in ${folder}`,
  ])
  assert.deepEqual(
    words(dry.stdout),
    words(stdout).map((line) => line.replace('removed', 'would remove').replace(', kept', ', keep')),
  )
  const codes = words(stderr).map((line) => /^plimsoll: (\S+) The \w+ (\S+)/.exec(line)?.slice(1))
  assert.deepEqual(
    { status, codes },
    {
      status: 1,
      codes: [
        ['PLIMSOLL_PAGE_UNKNOWN', '.foreign.page'],
        ['PLIMSOLL_PAGE_UNKNOWN', 'e-garbage.page'],
        ['PLIMSOLL_PAGE_NOT_REMOVED', 'f-fifo.page'],
        ['PLIMSOLL_PAGE_NOT_REMOVED', 'g-directory.page'],
        ['PLIMSOLL_PAGE_NOT_REMOVED', 'h-link.page'],
      ],
    },
  )
  const left = readdirSync(folder).filter((name) => !name.endsWith('.archive'))
  assert.deepEqual(
    left.sort(),
    before.filter((name) => !['.old-1-0-00000000.page', basename(dead.file), 'd-damaged.page'].includes(name)).sort(),
  )
})

test('clean --older-than keeps what has not been silent for so long', async (t) => {
  const folder = newFolder(t)
  const dead = await publisher(t, folder, 'shop')
  await dead.kill()
  assert.match(
    (await plimsoll('clean', '--older-than', '60', '--dir', folder)).stdout,
    /^kept .* not silent for long enough\n/,
  )
  assert.equal(existsSync(dead.file), true)
  assert.match((await plimsoll('clean', '--older-than', '0', '--dir', folder)).stdout, /^removed /)
  assert.equal(existsSync(dead.file), false)
  const words = { status: 0, stdout: '', stderr: `plimsoll: there is no page in ${folder}.\n` }
  assert.deepEqual(await plimsoll('clean', '--dir', folder), words)
})

test('a dead page whose last sign of life lies in the future goes too, as after a clock was set back', async (t) => {
  const folder = newFolder(t)
  const dead = await publisher(t, folder, 'shop')
  await dead.kill()
  const dayBefore = { ...systemClock, unixTime: () => systemClock.unixTime() - 86_400 }
  const told = cleanDirectory(folder, { clock: dayBefore })
  assert.deepEqual(told, [{ file: dead.file, removed: true, why: 'dead' }])
})

test('several cleans at once remove each dead page once, while readers look and a writer lives', async (t) => {
  const folder = newFolder(t)
  const live = await publisher(t, folder, 'live')
  const dead = await publisher(t, folder, 'dead')
  await dead.kill()
  for (let i = 0; i < 200; i++) copyFileSync(dead.file, join(folder, `copy-${i}.page`))
  const start = (...args: string[]) => spawn(process.execPath, [main, ...args, '--dir', folder], { stdio: 'ignore' })
  const all = [start('clean'), start('ls'), start('clean'), start('show'), start('clean')]
  const codes = await Promise.all(all.map(async (child) => (await once(child, 'exit'))[0]))
  assert.deepEqual(codes, [0, 0, 0, 0, 0])
  await plimsoll('clean', '--dir', folder)
  assert.deepEqual(pagesIn(folder), [basename(live.file)])
})

test('clean takes nothing from the sums: what dead processes counted is in the archive', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'count 5')
  for (let i = 0; i < 3; i++) await (await publisher(t, folder, 'shop', 'count 7')).kill()
  const sums = async () => JSON.parse((await plimsoll('show', 'shop', '--json', '--dir', folder)).stdout).families
  const before = await sums()
  assert.match((await plimsoll('clean', '--dir', folder)).stdout, /\nremoved 3, kept 1 in /)
  assert.equal(pagesIn(folder).length, 1)
  const counted = (families: typeof before) => families.filter(({ kind }: { kind: string }) => kind !== 'gauge')
  assert.deepEqual(counted(await sums()), counted(before))
})

test('where the archive cannot be written, clean keeps the pages, and says why', async (t) => {
  const folder = newFolder(t)
  const dead = await publisher(t, folder, 'shop', 'count 7')
  await dead.kill()
  // Whoever writes an archive begins with a file of this name, which a directory of the same name keeps anybody from.
  mkdirSync(join(folder, `.${basename(archiveFile(folder, 'shop'))}`))
  const { status, stdout, stderr } = await plimsoll('clean', '--dir', folder)
  assert.match(stdout, /^kept .* its counts are not in an archive yet\n/)
  assert.match(stderr, /^plimsoll: PLIMSOLL_ARCHIVE_NOT_WRITTEN /)
  assert.deepEqual([status, pagesIn(folder)], [1, [basename(dead.file)]])
})

/** The command in a copy of the package that has no koffi next to it. */
function withoutKoffi(t: TestContext): string {
  const copy = newFolder(t)
  cpSync(join(main, '../..'), join(copy, 'dist'), { recursive: true })
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }')
  return join(copy, 'dist/cli', basename(main))
}

function runNode(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, args, { encoding: 'utf8' })
}

test('where locks cannot be asked for, clean keeps mapped pages and says so', mappedOnly, async (t) => {
  const folder = newFolder(t)
  const dead = await publisher(t, folder, 'shop')
  await dead.kill()
  const { status, stdout, stderr } = runNode(withoutKoffi(t), 'clean', '--dir', folder)
  assert.equal(status, 1)
  assert.match(stderr, /^plimsoll: PLIMSOLL_LOCK_UNKNOWN Cannot determine .*\.page is running: .*koffi did not load/)
  assert.equal(existsSync(dead.file), true)
  assert.equal(stdout, '')
})

test('without koffi, clean archives and removes written pages, and totals stay', (t) => {
  const folder = newFolder(t)
  const command = withoutKoffi(t)
  const app = `
    import { counter, publish } from ${JSON.stringify(join(command, '../../index.js'))}
    counter('jobs').add(5)
    publish({ dir: ${JSON.stringify(folder)}, app: 'shop', onWarning: () => {} })
    process.exit()`
  const show = (): string => runNode(command, 'show', '--dir', folder, '--filter', 'jobs', '--prometheus').stdout
  for (const total of [5, 10]) {
    assert.equal(runNode('--input-type=module', '-e', app).status, 0)
    assert.equal(pagesIn(folder).length, 1)
    assert.match(show(), new RegExp(`^jobs_total ${total}$`, 'm'))
    const { status, stdout, stderr } = runNode(command, 'clean', '--dir', folder)
    assert.match(stdout, /^removed .* its writer has ended\nremoved 1, kept 0 /)
    assert.deepEqual([status, stderr, pagesIn(folder)], [0, '', []])
    assert.match(show(), new RegExp(`^jobs_total ${total}$`, 'm'))
  }
})
