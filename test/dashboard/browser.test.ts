/// <reference lib="dom" />
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { main } from '../support/command.ts'
import {
  coloursOf,
  inBrowser,
  openBrowser,
  openPage,
  startWorker,
  violations,
  type WorkingProcess,
  watchedPage,
} from './chromium.ts'

const maxPageBytes = 60 * 1024

describe('The dashboard in Chromium', inBrowser, () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-dashboard-'))
  const workers: WorkingProcess[] = []
  let browser: Browser
  let serving: ChildProcess
  let url = ''

  before(async () => {
    const [opened, ...started] = await Promise.all([
      openBrowser(),
      startWorker(folder, 'shop'),
      startWorker(folder, 'shop', 2),
    ])
    browser = opened
    workers.push(...started)
    serving = spawn(process.execPath, [main, 'serve', '--port', '0', '--dir', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const { value } = await createInterface({ input: serving.stdout as Readable })
      [Symbol.asyncIterator]()
      .next()
    assert.ok(value, 'the server has ended')
    url = value
  })
  after(async () => {
    await browser?.close()
    serving?.kill('SIGKILL')
    for (const worker of workers) await worker.kill()
    rmSync(folder, { recursive: true, force: true })
  })

  test('lists all processes by app, and keeps what they do up to date', async () => {
    const { page, complaints } = await openPage(browser, url)
    await page.locator('tbody tr').nth(1).waitFor()
    for (const { pid } of workers)
      await page
        .locator('tr', { hasText: String(pid) })
        .getByText('live')
        .waitFor()
    await page.waitForFunction(() => /[\d,]+\/s/.test(document.querySelectorAll('tbody tr')[1]?.textContent ?? ''))
    const time = await page.locator('.bar time').textContent()
    await page.waitForFunction((before) => document.querySelector('.bar time')?.textContent !== before, time)
    assert.deepEqual(complaints, [])
    await page.getByRole('link', { name: 'shop' }).click()
    await page.getByRole('heading', { name: 'Vital signs' }).waitFor()
    assert.equal(new URL(page.url()).search, '?app=shop')
    await page.context().close()
  })

  test('comes up by itself for an app: lines of its workers, the past of the server, facts', async () => {
    const { page, complaints } = await openPage(browser, `${url}?app=shop`)
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
    const { page, complaints } = await openPage(browser, `${url}?app=shop`)
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
      browser,
      `${url}?app=shop&process=${workers[0]?.pid}&view=http.latency:heat`,
    )
    const panel = page.locator('[data-metric="http.latency"]')
    await panel.getByText(/values from/).waitFor()
    await page.waitForFunction(() => document.querySelector('[data-metric="http.latency"] canvas') !== null)
    await page.waitForTimeout(0)
    const heat = await coloursOf(page, '[data-metric="http.latency"]')
    assert.ok(heat > 4, String(heat))
    await panel.getByRole('button', { name: 'quantiles' }).click()
    await panel.getByRole('button', { name: /^Table/ }).click()
    await panel.locator('tr', { hasText: 'p99' }).getByText(/ms/).first().waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('breaks no rule of accessibility in light, in dark and on a phone', async () => {
    const phone = { viewport: { width: 390, height: 844 } }
    for (const options of [
      { colorScheme: 'light' },
      { colorScheme: 'dark' },
      { ...phone, colorScheme: 'light' },
    ] as const) {
      const { page } = await openPage(browser, `${url}?app=shop&pin=http.latency`, options)
      await page.locator('.pinned canvas').waitFor()
      assert.deepEqual(await violations(page), [], JSON.stringify(options))
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'wider than the screen')
      await page.goto(url)
      await page.locator('tbody tr').first().waitFor()
      assert.deepEqual(await violations(page), [], JSON.stringify(options))
      await page.context().close()
    }
  })

  test('is live in twelve tabs at once', async () => {
    const context = await browser.newContext({ viewport: { width: 400, height: 300 } })
    const pages = await Promise.all(Array.from({ length: 12 }, async () => watchedPage(await context.newPage(), url)))
    for (const { page, complaints } of pages) {
      await page.locator('.status.live').waitFor()
      await page.locator('tbody tr').first().waitFor()
      assert.deepEqual(complaints, [])
    }
    await context.close()
  })

  test('loads less than 60 kB', () => {
    const assets = join(main, '../../dashboard/assets')
    const sizes = readdirSync(assets).map((file) => gzipSync(readFileSync(join(assets, file)), { level: 9 }).length)
    const all = sizes.reduce((sum, size) => sum + size, 0)
    assert.ok(all < maxPageBytes, `${all} bytes`)
  })
})
