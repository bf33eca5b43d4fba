/// <reference lib="dom" />
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { cutElements, phones } from './browser/looks.ts'
import { Site } from './browser/site.ts'
import { inBrowser, openPage } from './chromium.ts'

describe('The views of the dashboard in Chromium', { ...inBrowser, concurrency: 3 }, () => {
  const site = new Site()
  before(() => site.start())
  after(() => site.end())

  test('have on a phone all that is in a list, in what changed and in the tables of charts', async () => {
    const [from, to] = await site.someChange()
    const { page, complaints } = await openPage(site.browser, `${site.url}?app=shop&window=${from}-${to}`)
    for (const phone of phones) {
      await page.setViewportSize(phone)
      const change = page.locator('.changes tbody tr', { hasText: 'http.requests' }).first()
      await change.locator('td').last().waitFor()
      assert.match((await change.textContent()) ?? '', /http\.requests/)
      const table = page.locator('[data-metric="http.latency"]').getByRole('button', { name: /^Table/ })
      if ((await table.getAttribute('aria-pressed')) === 'false') await table.click()
      await page.locator('[data-metric="http.latency"] td').nth(3).waitFor()
      assert.deepEqual(await cutElements(page), [], `an app at ${phone.width}`)
    }
    await page.getByRole('link', { name: 'plimsoll' }).click()
    await page.locator('.processes td', { hasText: /\d\/s/ }).first().waitFor()
    for (const phone of phones) {
      await page.setViewportSize(phone)
      // The heads stand before each number, as there is no room for columns.
      const errors = page.locator('.processes td[data-head="Errors 1m"]').first()
      await errors.waitFor()
      assert.deepEqual(await cutElements(page), [], `all processes at ${phone.width}`)
    }
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('find a metric of any app from the list of all processes, and go to its chart', async () => {
    const { page, complaints } = await openPage(site.browser, site.url)
    await page.locator('.processes').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('http.latency shop')
    await page.locator('#hits li', { hasText: 'metric of shop' }).first().waitFor()
    await page.keyboard.press('Enter')
    await page.locator('[data-metric="http.latency"]:focus').waitFor()
    assert.equal(new URL(page.url()).searchParams.get('app'), 'shop')
    // One that is pinned stands at the top of its app.
    await page.keyboard.press('Backspace')
    await page.keyboard.press('/')
    await page.keyboard.type('queue.depth')
    await page.locator('#hits li', { hasText: 'metric of shop' }).first().waitFor()
    await page.keyboard.press('Shift+Enter')
    await page.locator('.pinned [data-metric="queue.depth"]').waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('ask once for what changed in a window that is dragged, and not again for what is pinned', async () => {
    const { page, complaints } = await openPage(site.browser, `${site.url}?app=shop&range=60`)
    const asked = requestsOf(page, '/api/v1/changes')
    const chart = page.locator('[data-metric="http.requests"] .u-over')
    await chart.waitFor()
    await page.locator('[data-metric="http.latency"] .u-over').waitFor()
    await drag(page, chart, 0.3, 0.9)
    await answered(page)
    assert.equal(asked.length, 1, asked.join('\n'))
    // No chart keeps what was dragged over it.
    const widths = await page.locator('.u-select').evaluateAll((all) => all.map((one) => one.clientWidth))
    assert.ok(widths.length > 2 && widths.every((width) => width === 0), widths.join())
    await page.locator('[data-metric="queue.depth"]').getByRole('button', { name: 'Pin' }).click()
    await page.locator('.pinned [data-metric="queue.depth"]').waitFor()
    await drag(page, page.locator('[data-metric="http.requests"] .u-over'), 0.4, 0.8)
    await answered(page)
    assert.equal(asked.length, 2, asked.join('\n'))
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('show the last window, however late the answer about the one before comes', async () => {
    const { page, complaints } = await openPage(site.browser, `${site.url}?app=shop&range=60`)
    const chart = page.locator('[data-metric="http.requests"] .u-over')
    await chart.waitFor()
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    let isFirst = true
    await page.route('**/api/v1/changes?*', async (route) => {
      if (!isFirst) return route.continue()
      isFirst = false
      const response = await route.fetch()
      await held
      return route.fulfill({ response, json: [] })
    })
    const late = page.waitForResponse(/\/changes\?/)
    await drag(page, chart, 0.2, 0.5)
    await page.locator('.changes p', { hasText: '…' }).waitFor()
    await site.someChange(1)
    await drag(page, chart, 0.8, 0.99)
    const change = page.locator('.changes tbody tr', { hasText: 'http.requests' }).first()
    await change.waitFor()
    const text = await page.locator('.changes header').textContent()
    release()
    await (await late).finished()
    await page.evaluate(() => new Promise(requestAnimationFrame))
    await change.waitFor()
    assert.equal(await page.locator('.changes header').textContent(), text)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('state where quantiles are interpolated between declared buckets', async () => {
    const { page, complaints } = await openPage(site.browser, `${site.url}?app=shop`)
    const panel = page.locator('[data-metric="cart.items"]')
    const note = panel.getByText('Quantiles are interpolated between the declared buckets.')
    await note.waitFor()
    await panel.getByRole('button', { name: 'rate' }).click()
    await note.waitFor({ state: 'hidden' })
    assert.equal(await page.locator('[data-metric="mail.size"] .note').isVisible(), false)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('have the charts of neighbours at one height, however long their names are', async () => {
    const { page, complaints } = await openPage(site.browser, `${site.url}?app=shop`)
    await page.locator('[data-metric="http.latency"] canvas').waitFor()
    const tops = await page.locator('.metrics .grid').evaluateAll((grids) =>
      grids.map((grid) => {
        const rows = new Map<number, Set<number>>()
        for (const panel of grid.children) {
          const top = Math.round(panel.getBoundingClientRect().top)
          const chart = panel.querySelector('.chart')?.getBoundingClientRect().top ?? 0
          rows.set(top, (rows.get(top) ?? new Set()).add(Math.round(chart)))
        }
        return [...rows.values()].map(({ size }) => size)
      }),
    )
    assert.deepEqual([...new Set(tops.flat())], [1])
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('have the columns of the last minute marked in lists of processes, on every screen', async () => {
    const { page, complaints } = await openPage(site.browser, site.url)
    await page.locator('.processes tbody tr').nth(1).waitFor()
    for (const name of ['Loop p99', 'Requests', 'p99', 'Errors'])
      await page
        .getByRole('columnheader', { name: `${name}, last minute`, exact: true })
        .first()
        .waitFor()
    for (const width of [1600, 1280, 1000, 830]) {
      await page.setViewportSize({ width, height: 900 })
      const { group, marked } = await page.evaluate(() => {
        const edges = (element: Element | undefined): number[] => {
          const { left = 0, right = 0 } = element?.getBoundingClientRect() ?? {}
          return [Math.round(left), Math.round(right)]
        }
        const section = document.querySelector('section.app')
        const heads = [...(section?.querySelectorAll('thead .minute') ?? [])]
        const [[left = 0] = [], [, right = 0] = []] = [edges(heads[0]), edges(heads.at(-1))]
        return { group: edges(section?.querySelector('thead .group') ?? undefined), marked: [left + 14, right] }
      })
      assert.deepEqual([width, group], [width, marked])
    }
    await page.setViewportSize({ width: 390, height: 844 })
    const heads = await page
      .locator('.processes tbody tr')
      .first()
      .locator('td.number')
      .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('data-head')))
    assert.deepEqual(heads, ['Up', 'CPU', 'RSS', 'Heap', 'Loop p99 1m', 'Requests 1m', 'p99 1m', 'Errors 1m'])
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('begin with what is wrong, and have nothing there where nothing is', async () => {
    const { page, complaints } = await openPage(site.browser, await site.recordingUrl())
    await page.getByText('Nothing was found in 2 running processes.').waitFor()
    assert.equal(await page.locator('.overview > :first-child h2').textContent(), 'What is wrong')
    await page.getByRole('button', { name: '15 min' }).click()
    await page.getByRole('columnheader', { name: 'p99, 15 min' }).waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
  })
})

/** The paths that a page asks for and that begin so, from now on. */
function requestsOf(page: Page, path: string): string[] {
  const found: string[] = []
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url())
    if (pathname.startsWith(path)) found.push(pathname + search)
  })
  return found
}

/** Waits until there is what changed in the window, or that nothing did. */
async function answered(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const changes = document.querySelector<HTMLElement>('.changes')
    return changes?.hidden === false && changes.querySelector('tbody tr, p.quiet')?.textContent !== '…'
  })
}

/** Drags from one share of the width of a chart to another, in some steps. */
async function drag(page: Page, chart: Locator, from: number, to: number): Promise<void> {
  await chart.scrollIntoViewIfNeeded()
  const box = await chart.boundingBox()
  assert.ok(box !== null)
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width * from, y)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * to, y, { steps: 8 })
  await page.mouse.up()
}
