import assert from 'node:assert/strict'
import { linkSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Publication, publish, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { systemClock } from '#src/clock.ts'

/** Lets the next heartbeat find that a minute has passed, and the page be looked for. */
function minutePasses(t: TestContext): void {
  const { now } = systemClock
  systemClock.now = () => now() + 61_000
  t.after(() => {
    systemClock.now = now
  })
}

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-retry-'))
  t.after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))
  return folder
}

/** Waits for the heartbeats, of which every tenth looks for the page. */
async function until(what: () => boolean): Promise<void> {
  for (const end = performance.now() + 40_000; !what(); await sleep(50)) {
    assert.ok(performance.now() < end, 'it never comes')
  }
}

function totalIn(directory: string): number | undefined {
  const all = fleet('shop', { dir: directory })
  const [family] = all.read().families.filter(({ name }) => name === 'hits')
  all.close()
  return family?.kind === 'counter' ? family.series[0]?.value : undefined
}

function newShop(t: TestContext, dir: string): { publication: Publication; codes: string[] } {
  const registry = new Registry()
  registry.counter('hits').add(3)
  const codes: string[] = []
  const publication = publish({ registry, dir, app: 'shop', onWarning: ({ code }) => codes.push(code) })
  t.after(() => publication.close())
  return { publication, codes }
}

test('a publication that fails at the start tries again every minute, with all that was counted', async (t) => {
  const dir = join(newFolder(t), 'pages')
  writeFileSync(dir, '')
  const { publication, codes } = newShop(t, dir)
  assert.deepEqual([publication.file, publication.error?.code], [undefined, 'PLIMSOLL_DIRECTORY_REFUSED'])
  assert.match(publication.error?.message ?? '', /publish\(\) tries again every minute/)
  unlinkSync(dir)
  minutePasses(t)
  await until(() => publication.file !== undefined)
  assert.deepEqual([totalIn(dir), codes], [3, ['PLIMSOLL_DIRECTORY_REFUSED']])
})

test('a call of publish() after one that failed tries its own options at once', (t) => {
  const folder = newFolder(t)
  writeFileSync(join(folder, 'file'), '')
  const registry = new Registry()
  registry.counter('hits').add(3)
  const onWarning = (): void => {}
  const first = publish({ registry, app: 'shop', dir: join(folder, 'file'), onWarning })
  const second = publish({ registry, app: 'shop', dir: join(folder, 'pages'), onWarning })
  t.after(() => second.close())
  first.close()
  assert.equal(totalIn(join(folder, 'pages')), 3)
  assert.equal(publish({ registry, app: 'shop', dir: join(folder, 'pages') }), second)
})

test('pages that are moved, replaced or removed from a hard link are noticed, and nothing counts twice when they come back', {
  concurrency: true,
}, async (parent) => {
  const disturb: Record<string, (file: string, aside: string) => void> = {
    'the page is moved out of its directory': (file, aside) => renameSync(file, aside),
    'the directory is moved': (file, aside) => renameSync(dirname(file), aside),
    'the page is moved to another name in its directory': (file) => renameSync(file, join(dirname(file), 'shop.page')),
    'the page has another name and is removed': (file, aside) => {
      linkSync(file, aside)
      unlinkSync(file)
    },
    'another file takes its name': (file) => {
      writeFileSync(`${file}.new`, 'precious')
      renameSync(`${file}.new`, file)
    },
  }
  await Promise.all(
    Object.entries(disturb).map(([name, act]) =>
      parent.test(name, async (t) => {
        const folder = newFolder(t)
        const dir = join(folder, 'pages')
        mkdirSync(dir, { mode: 0o700 })
        const { publication, codes } = newShop(t, dir)
        const first = publication.file ?? ''
        minutePasses(parent)
        act(first, join(folder, 'aside'))
        await until(() => publication.file !== first && publication.file !== undefined)
        assert.deepEqual([totalIn(dir), codes], [3, ['PLIMSOLL_PAGE_LOST']])
        if (name === 'the directory is moved') {
          for (const file of readdirSync(join(folder, 'aside'))) {
            renameSync(join(folder, 'aside', file), join(dir, file))
          }
        } else if (name === 'the page is moved out of its directory') renameSync(join(folder, 'aside'), first)
        assert.equal(totalIn(dir), 3)
      }),
    ),
  )
})
