/// <reference lib="dom" />
import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { untilAsync } from '../faults/processes.ts'
import { main } from '../support/command.ts'
import { checkLooks } from './browser/looks.ts'
import { Site } from './browser/site.ts'
import { coloursOf, inBrowser, openPage, watchedPage } from './chromium.ts'

const maxPageBytes = 60_000

// Most of the time is that of seconds that pass on a page, so several pages are looked at together.
describe('The dashboard in Chromium', { ...inBrowser, concurrency: 3 }, () => {
  const site = new Site()
  before(() => site.start())
  after(() => site.end())

  test('lists all processes by app, and keeps what they do up to date', async () => {
    const { page, complaints } = await openPage(site.browser, site.url)
    await page.locator('tbody tr').nth(1).waitFor()
    for (const { pid } of site.workers)
      await page
        .locator('tr', { hasText: String(pid) })
        .getByText('live')
        .waitFor()
    await page.waitForFunction(() => /[\d,]+\/s/.test(document.querySelectorAll('tbody tr')[1]?.textContent ?? ''))
    const time = await page.locator('.bar time').textContent()
    await page.waitForFunction((before) => document.querySelector('.bar time')?.textContent !== before, time)
    assert.deepEqual(complaints, [])
    await page.getByRole('link', { name: 'shop', exact: true }).click()
    await page.getByRole('heading', { name: 'Vital signs' }).waitFor()
    assert.equal(new URL(page.url()).search, '?app=shop')
    await page.context().close()
  })

  test('comes up by itself for an app: lines of its workers, the past of the server, facts', async () => {
    const { page, complaints } = await openPage(site.browser, `${site.url}?app=shop`)
    const panel = page.locator('[data-metric="http.latency"]')
    await panel.locator('canvas').waitFor()
    await panel
      .locator('.readout b')
      .nth(1)
      .getByText(/\d+ ms/)
      .waitFor()
    // More than a grid and axes: lines were drawn.
    await page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('[data-metric="http.requests"] canvas')
      const data = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
      for (let i = 0; i < data.length; i += 4)
        if (data[i] === 66 && data[i + 1] === 105 && data[i + 2] === 208) return true
      return false
    })
    assert.match((await page.locator('.facts').first().textContent()) ?? '', /version1\.4\.2.*canary/)
    assert.match((await page.locator('.flat', { hasText: 'pool.size' }).textContent()) ?? '', /pool\.size8/)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('is used with the keyboard alone: find, go, pin, pause', async () => {
    const { page, complaints } = await openPage(site.browser, `${site.url}?app=shop`)
    await page.locator('[data-metric="queue.depth"]').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('depth')
    await page.keyboard.press('Shift+Enter')
    await page.locator('.pinned [data-metric="queue.depth"] canvas').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('mail si')
    await page.getByRole('option', { selected: true }).getByText('mail.size').waitFor()
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-metric') === 'mail.size')
    await page.keyboard.press('p')
    await page.getByRole('button', { name: 'PAUSED' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    assert.equal(new URL(page.url()).search, '?app=shop&pin=queue.depth')
    await page.reload()
    await page.locator('.pinned [data-metric="queue.depth"]').waitFor()
    await page.keyboard.press('Backspace')
    await page.locator('table.processes').waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('draws a heat map and has a table behind each chart', async () => {
    const { page, complaints } = await openPage(
      site.browser,
      `${site.url}?app=shop&process=${site.workers[0]?.pid}&view=http.latency:heat`,
    )
    const panel = page.locator('[data-metric="http.latency"]')
    await panel.getByText(/values from/).waitFor()
    await page.waitForFunction(() => document.querySelector('[data-metric="http.latency"] canvas') !== null)
    const heat = await coloursOf(page, '[data-metric="http.latency"]')
    assert.ok(heat > 4, String(heat))
    await panel.getByRole('button', { name: 'quantiles' }).click()
    await panel.getByRole('button', { name: /^Table/ }).click()
    await panel.locator('tr', { hasText: 'p99' }).getByText(/ms/).first().waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('keeps the order of what is pinned in the address', async () => {
    const { page, complaints } = await openPage(site.browser, `${site.url}?app=shop&pin=queue.depth&pin=mail.size`)
    const pinned = page.locator('.pinned .panel')
    const order = (): Promise<(string | null)[]> =>
      pinned.evaluateAll((panels) => panels.map((panel) => panel.getAttribute('data-metric')))
    await pinned.nth(1).locator('canvas').waitFor()
    assert.deepEqual(await order(), ['queue.depth', 'mail.size'])
    await pinned.nth(1).getByRole('button', { name: 'Move left' }).click()
    await page.waitForFunction(() => location.search === '?app=shop&pin=mail.size&pin=queue.depth')
    await page.reload()
    await pinned.nth(1).waitFor()
    assert.deepEqual(await order(), ['mail.size', 'queue.depth'])
    await pinned.first().getByRole('button', { name: 'Unpin' }).click()
    await page.waitForFunction(() => location.search === '?app=shop&pin=queue.depth')
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('lists what changed in a window that was dragged over a chart, in the words of plimsoll diff', async () => {
    // Of a minute: what a chart of five shows is as long as the server has run.
    const { page, complaints } = await openPage(site.browser, `${site.url}?app=shop&range=60`)
    const over = page.locator('[data-metric="http.requests"] .u-over')
    await over.waitFor()
    const [began] = await site.someChange()
    const change = page.locator('.changes tbody tr', { hasText: 'status=500' })
    // The chart moves on while the mouse does, on a busy machine by some seconds.
    await untilAsync('the change in the list', 10, async () => {
      await drag(page, over, Date.now() / 1000 - began + 10)
      const isThere = change.waitFor({ timeout: 3000 })
      return isThere.then(
        () => true,
        () => false,
      )
    })
    assert.match((await change.locator('td').last().textContent()) ?? '', /^(began|new|[\d.]+ times|\+\d+ %)$/)
    assert.match(page.url(), /&window=\d+-\d+$/)
    // The window is drawn with the chart, and what was dragged is not left behind it.
    const dragged = page.locator('[data-metric="http.requests"] .u-select')
    assert.equal(await dragged.evaluate((element) => element.getBoundingClientRect().width), 0)
    await page
      .getByRole('region', { name: 'What changed' })
      .getByRole('button', { name: 'http.requests' })
      .first()
      .click()
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-metric') === 'http.requests')
    await page.keyboard.press('Escape')
    await page.locator('.changes').waitFor({ state: 'hidden' })
    assert.doesNotMatch(page.url(), /window/)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('says that a process is blocked, what to do about it, and what it used meanwhile, without a peak', async () => {
    const { page, complaints } = await openPage(site.browser, site.url)
    const pid = String(site.workers[1]?.pid)
    const row = page.locator('tr', { hasText: pid })
    await row.getByText('live').waitFor()
    await site.workers[1]?.order('block 6000')
    await row.locator('.state.error', { hasText: /^✖ blocked \d/ }).waitFor()
    const finding = page.locator('.findings li', { hasText: 'event loop blocked for' })
    const said = `^✖ shop ${pid} event loop blocked for .*, since [\\d:]{8} Run "plimsoll stack ${pid}"`
    assert.match((await finding.textContent()) ?? '', new RegExp(said))
    // Whatever else is wrong with it by then: the delay may be the largest of a minute with few.
    await row.locator('.state', { hasText: / live$/ }).waitFor()
    const response = await fetch(`${site.url}api/v1/history/process.cpu.time?pid=${pid}`)
    const histories = (await response.json()) as { name: string; points: [number, number | null][] }[]
    const most = Math.max(...histories.flatMap(({ points }) => points.map(([, value]) => value ?? 0)))
    assert.ok(histories.length > 0 && most < 2, `${most} processors`)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('goes to any moment of a recording with a slider, and plays on from there', async () => {
    const { page, complaints } = await openPage(site.browser, `${await site.recordingUrl()}?app=shop`)
    const slider = page.getByRole('slider', { name: 'Moment of the recording' })
    await slider.waitFor()
    await page.locator('[data-metric="http.latency"] canvas').waitFor()
    await page.locator('.status', { hasText: 'Recording' }).waitFor()
    const time = (): Promise<string | null> => page.locator('.play time').textContent()
    const end = await slider.inputValue()
    await slider.press('End')
    const last = await time()
    await slider.press('Home')
    await page.waitForFunction((before) => document.querySelector('.play time')?.textContent !== before, last)
    assert.ok(Number(await slider.inputValue()) < Number(end))
    await page.getByRole('button', { name: 'Play' }).click()
    await page.waitForFunction(
      (begin) => Number(document.querySelector<HTMLInputElement>('.play input')?.value) > Number(begin),
      await slider.inputValue(),
    )
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('breaks no rule of accessibility in light, in dark and on a phone', async () => {
    for (const view of ['?app=shop&pin=http.latency', '']) {
      const { page } = await openPage(site.browser, `${site.url}${view}`)
      await page
        .locator(view === '' ? 'tbody tr' : '.pinned canvas')
        .first()
        .waitFor()
      await checkLooks(page)
      await page.context().close()
    }
  })

  // A browser opens six connections to a server at most: the seventh tab is live only where all share one stream.
  test('is live in more tabs than a browser opens connections, by one stream', async () => {
    const context = await site.browser.newContext({ viewport: { width: 400, height: 300 } })
    for (let tabs = 0; tabs < 12; tabs++) {
      const { page, complaints } = await watchedPage(await context.newPage(), site.url)
      await page.locator('.status.live').waitFor()
      await page.locator('tbody tr').first().waitFor()
      assert.deepEqual(complaints, [])
    }
    await context.close()
  })

  test('shows hostile names, labels and texts as text, and nothing of them runs', async () => {
    const { page, complaints } = await openPage(site.browser, await site.hostileUrl())
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
    const { page, complaints } = await openPage(site.browser, await site.hostileUrl())
    const app = page.locator('.app', { hasText: 'many' })
    await app.locator('.count', { hasText: /^200 live$/ }).waitFor()
    assert.equal(await app.locator('tbody tr').count(), 200)
    const [gone] = site.hostile.many
    rmSync(gone?.file as string)
    await app.locator('.count', { hasText: /^199 live, 1 exited$/ }).waitFor()
    // One whose page was removed may have published anew meanwhile.
    for (const each of site.hostile.many) each.close()
    await app.locator('.count', { hasText: /^20[01] exited$/ }).waitFor()
    await app.getByText(/^19[67] that ended before are not listed\.$/).waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('sends less than 60 kB for the page', async () => {
    const files = readdirSync(join(main, '../../dashboard/assets'))
    const sizes = files.map(async (file) => {
      const address = file === 'index.html' ? site.url : new URL(`/assets/${file}`, site.url)
      const response = await fetch(address, { headers: { 'Accept-Encoding': 'gzip' } })
      assert.equal(response.status, 200, file)
      await response.arrayBuffer()
      return Number(response.headers.get('content-length'))
    })
    const all = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    assert.ok(all > 10_000 && all < maxPageBytes, `${all} bytes`)
  })
})

/** Drags over the last seconds of a chart of a minute. */
async function drag(page: Page, chart: ReturnType<Page['locator']>, seconds: number): Promise<void> {
  // The list of changes moves it down.
  await chart.scrollIntoViewIfNeeded()
  const box = await chart.boundingBox()
  assert.ok(box !== null)
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width * Math.max(0, 1 - seconds / 60), y)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width - 1, y, { steps: 5 })
  await page.mouse.up()
}
