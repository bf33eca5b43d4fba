/// <reference lib="dom" />
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { checkLooks } from './browser/looks.ts'
import { Site } from './browser/site.ts'
import { inBrowser, openPage, startWorker, type WorkingProcess } from './chromium.ts'

describe('After a crash loop, the dashboard in Chromium', inBrowser, () => {
  const site = new Site()
  const crashing: WorkingProcess[] = []
  before(async () => {
    await site.start()
    crashing.push(...(await Promise.all(Array.from({ length: 7 }, () => startWorker(site.folder, 'mailer')))))
  })
  after(async () => {
    for (const each of crashing) await each.kill()
    await site.end()
  })

  test('has one entry for all processes, which opens with the keyboard and stays open while more crash', async () => {
    const { page, complaints } = await openPage(site.browser, site.url)
    const app = page.locator('.app', { hasText: 'mailer' })
    await app.locator('.count', { hasText: '7 live' }).waitFor()
    for (const each of crashing.slice(0, 5)) await each.kill()
    const entries = page.locator('.wrong .findings > li', { hasText: 'killed by a signal' })
    const summary = entries.locator('summary')
    await summary.getByText('and 4 more processes').waitFor()
    assert.equal(await entries.count(), 1)
    assert.equal(await entries.getByText('Run "dmesg"').count(), 1)
    assert.match((await entries.textContent()) ?? '', /^▲ mailer \d+ killed by a signal, .*, [\d.]+s ago /)
    await summary.focus()
    await page.keyboard.press('Enter')
    const others = entries.locator('details li')
    await others
      .nth(3)
      .getByText(/▲ killed .* ago/)
      .waitFor()
    const element = await app.elementHandle()
    await crashing[5]?.kill()
    await summary.getByText('and 5 more processes').waitFor()
    // Neither closed nor put into the document again.
    await others.nth(4).getByRole('link').waitFor()
    assert.ok(await summary.evaluate((one) => one === document.activeElement))
    assert.ok(await element?.evaluate((one) => one.isConnected))
    const pids = crashing.slice(0, 6).map(({ pid }) => String(pid))
    const links = await entries.getByRole('link').allTextContents()
    assert.deepEqual(links.map((text) => text.replace('mailer ', '')).sort(), pids.sort())
    await checkLooks(page)
    const last = others.last().getByRole('link')
    const pid = await last.textContent()
    await last.press('Enter')
    await page.waitForURL(`**/?app=mailer&process=${pid}`)
    const own = page.locator('.dashboard > .findings > li', { hasText: 'killed' })
    await own.getByRole('link', { name: pid ?? '' }).waitFor()
    assert.equal(await own.locator('summary').isVisible(), false)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('has the processes that run and ended last as links, and the others behind one entry', async () => {
    const { page, complaints } = await openPage(site.browser, `${site.url}?app=mailer`)
    const near = page.getByRole('list', { name: 'Processes' })
    await page.locator('summary', { hasText: '2 that ended before' }).press('Enter')
    await page
      .locator('details .chips li')
      .nth(1)
      .getByText(/▲ killed/)
      .waitFor()
    assert.equal(await near.getByRole('link').count(), 1 + 1 + 4)
    assert.match((await near.getByRole('link').nth(1).textContent()) ?? '', new RegExp(`${crashing[6]?.pid}.*live`))
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('names the process of what changed where a page is opened with a window in its address', async () => {
    const [from, to] = await site.someChange()
    const { page, complaints } = await openPage(site.browser, `${site.url}?app=shop&window=${from}-${to}`)
    const change = page.locator('.changes tbody tr', { hasText: 'http.requests' }).first()
    await change.locator('td').nth(1).getByText(/^\d+$/).waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('follows a link with what was pinned since it was drawn', async () => {
    const { page, complaints } = await openPage(site.browser, `${site.url}?app=shop`)
    await page.locator('[data-metric="queue.depth"]').getByRole('button', { name: 'Pin' }).click()
    await page.locator('.pinned [data-metric="queue.depth"]').waitFor()
    const pid = site.workers[0]?.pid
    await page
      .locator('.chips')
      .getByRole('link', { name: String(pid) })
      .click()
    await page.waitForURL(`**/?app=shop&process=${pid}&pin=queue.depth`)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })
})
