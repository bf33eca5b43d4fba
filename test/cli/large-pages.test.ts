import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { manyBounds, manyFamilies, writePage } from '../page/hostile/made-page.ts'
import { main } from '../support/command.ts'
import { newFolder } from './processes.ts'
import { ask, scraping } from './scraping.ts'

/** Megabytes of heap in which each command must do with a page of a few megabytes. */
const heap = 192

const pages = [
  { what: '10,000 families with 10,000 series in all', cells: 10_000, lines: manyFamilies, sum: 'f9999', code: 0 },
  { what: '60,000 bounds and 20 series', cells: 60_100, lines: manyBounds, sum: 'good', code: 1 },
] as const

for (const { what, cells, lines, sum, code } of pages) {
  test(`each command reads a page with ${what} in bounded memory, and the page beside it`, async (t) => {
    const folder = newFolder(t)
    writePage(join(folder, 'large-1-0-00000000.page'), cells, lines)
    writePage(join(folder, 'good-2-0-00000000.page'), 1, (first) => [
      { family: 0, name: 'good', kind: 'counter' },
      { of: 0, at: first },
    ])
    const command = (...args: string[]) => {
      const { PLIMSOLL_DIR: _, ...env } = process.env
      const all = [`--max-old-space-size=${heap}`, main, ...args, '--dir', folder]
      const { status, signal, stdout, stderr } = spawnSync(process.execPath, all, {
        env,
        encoding: 'utf8',
        timeout: 120_000,
        maxBuffer: 2 ** 26,
      })
      assert.equal(signal, null, stderr)
      return { status, stdout, stderr }
    }
    const texts = [
      [['ls'], /good/],
      [['show', '--json'], /"name":"good"/],
      [['show', '--prometheus'], /^good_total/m],
      [['show'], /good/],
    ] as const
    for (const [args, text] of texts) {
      const { status, stderr, stdout } = command(...args)
      assert.equal(status, code, stderr)
      assert.match(stdout, text)
    }
    assert.match(command('poll', 'good', '--count', '1', '--interval', '0.1').stdout, /\t0/)
    assert.match(command('compare', '--sum', sum).stdout, new RegExp(`^${sum} `, 'm'))
    const { url } = await scraping(t, '--dir', folder)
    const answer = await ask(url)
    assert.equal(answer.status, 200)
    assert.ok(answer.text.includes(`\n${sum}_total`))
  })
}
