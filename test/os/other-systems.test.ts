import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.js`, import.meta.url))

/** What an app and its readers do, in a Node that behaves as on another system. */
function everyday(t: TestContext, preload: string, ...given: string[]) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'plimsoll-system-')))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  const { PLIMSOLL_DIR: _, PLIMSOLL_PAGE: __, ...env } = process.env
  const options = { env: { ...env, TMPDIR: folder, TEMP: folder }, encoding: 'utf8' } as const
  const args = ['--import', preload, fixture('everyday'), ...given]
  return { folder, ...JSON.parse(execFileSync(process.execPath, args, options)) }
}

const likeMac = `data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs'
  import { syncBuiltinESMExports } from 'node:module'
  Object.defineProperty(process, 'platform', { value: 'darwin' })
  for (const name of ['existsSync', 'lstatSync', 'statSync', 'readFileSync', 'readlinkSync']) {
    const original = fs[name]
    fs[name] = (path, ...given) => original(/^[/](dev[/]shm|proc)/.test(path) ? '/missing' : path, ...given)
  }
  syncBuiltinESMExports()`)}`

const systems = [
  { name: 'darwin', preload: likeMac, own: `plimsoll-${process.getuid?.()}` },
  { name: 'win32', preload: pathToFileURL(fixture('like-windows')).href, own: 'plimsoll-user' },
] as const

for (const { name, preload, own } of systems) {
  test(`where Node behaves as documented for ${name}, pages are written, replaced, archived and cleaned`, (t) => {
    const { folder, directory, reported, totals, failures, cleaned, longest, isReplaced } = everyday(t, preload, 'link')
    assert.equal(directory, join(folder, own))
    assert.deepEqual(reported, [])
    assert.deepEqual(totals, [1, 1, 1, 1, 1, 1, 1, 2, 3])
    assert.deepEqual([failures.length, failures[0]?.includes('it is a link')], [1, true])
    assert.deepEqual([cleaned.filter((why: string) => why === 'dead').length, isReplaced], [2, true])
    assert.ok(longest < 200, `${longest}`)
  })
}
