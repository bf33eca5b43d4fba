import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { type Publication, publish, Registry } from 'plimsoll'
import { main } from '../support/command.ts'
import { inBrowser, openBrowser, openPage } from './chromium.ts'

const markup = '<img src=x onerror="document.title=\'hacked\'"><script>document.title="hacked"</script>'
const hostile = [
  markup,
  '\u202Eevil\u202D',
  '\u001b[31mred',
  '"><svg onload=alert(1)>',
  '__proto__',
  'constructor',
  'x'.repeat(10_000),
]

describe('The dashboard in Chromium', inBrowser, () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-hostile-'))
  const published: Publication[] = []
  let browser: Browser
  let serving: ChildProcess
  let url = ''

  before(async () => {
    const registry = new Registry()
    const hits = registry.counter('hits', { labels: ['what'], help: markup })
    for (const what of hostile) hits.labels({ what }).inc()
    registry.text('note').set(markup)
    published.push(publish({ registry, dir: folder, app: markup.slice(0, 100), labels: { note: markup } }))
    for (let i = 0; i < 200; i++) published.push(publish({ registry: new Registry(), dir: folder, app: 'many' }))
    browser = await openBrowser()
    serving = spawn(process.execPath, [main, 'serve', '--port', '0', '--dir', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const { value } = await createInterface({ input: serving.stdout as Readable })
      [Symbol.asyncIterator]()
      .next()
    assert.ok(value, 'the server has ended')
    url = value
    setInterval(() => hits.labels({ what: markup }).inc(), 200).unref()
  })
  after(async () => {
    await browser?.close()
    serving?.kill('SIGKILL')
    for (const each of published) each.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('shows hostile names, labels and texts as text, and nothing of them runs', async () => {
    const { page, complaints } = await openPage(browser, url)
    await page.getByText('<img src=x').first().waitFor()
    await page.getByRole('link', { name: '<img' }).first().click()
    await page.locator('[data-metric="hits"] canvas').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('hits')
    await page.getByRole('option').first().waitFor()
    assert.equal(await page.locator('img, script:not([src]), svg').count(), 0)
    assert.doesNotMatch(await page.title(), /^hacked/)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('lists two hundred processes, and says how each of them ended, page removed or not', async () => {
    const { page, complaints } = await openPage(browser, url)
    const app = page.locator('.app', { hasText: 'many' })
    await app.locator('.count', { hasText: /^200 live$/ }).waitFor()
    assert.equal(await app.locator('tbody tr').count(), 200)
    const [, gone, ...others] = published
    rmSync(gone?.file as string)
    await app.locator('.count', { hasText: /^199 live, 1 exited$/ }).waitFor()
    for (const each of others) each.close()
    await app.locator('.count', { hasText: /^200 exited$/ }).waitFor()
    await app.getByText('196 that ended before are not listed.').waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
  })
})
