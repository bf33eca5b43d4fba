/// <reference lib="dom" />
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { violations } from '../chromium.ts'

const large = { width: 1280, height: 900 }
export const phones = [
  { width: 390, height: 844 },
  { width: 360, height: 740 },
] as const

/** Dark differs by its colours alone, and a phone by where things are. */
const looks = [
  ['light', large, undefined],
  ['dark', large, ['color-contrast']],
  ...phones.map((phone) => ['light', phone, ['target-size', 'scrollable-region-focusable']] as const),
] as const

/** Fails where a page breaks a rule of accessibility in light, in dark or on a phone, or is wider than its screen. */
export async function checkLooks(page: Page): Promise<void> {
  for (const [colorScheme, viewport, rules] of looks) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(viewport)
    const look = `${page.url()} ${colorScheme} ${viewport.width}`
    assert.deepEqual(await violations(page, rules), [], look)
    assert.deepEqual(await cutElements(page), [], look)
  }
}

/** Elements with a text of which a part is beside the screen, or beside what they scroll in. */
export async function cutElements(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const isCut = (element: Element): boolean => {
      const box = element.getBoundingClientRect()
      if (box.width === 0 || element.closest('thead') !== null) return false
      const frame = element.closest('.scroll')?.getBoundingClientRect()
      return box.right > Math.min(innerWidth, frame?.right ?? innerWidth) + 1 || box.left < -1
    }
    const cut = [...document.querySelectorAll('main *, header *')].filter(
      (element) => element.children.length === 0 && element.textContent !== '' && isCut(element),
    )
    if (document.documentElement.scrollWidth > innerWidth) cut.push(document.documentElement)
    return cut.slice(0, 5).map((element) => `${element.tagName} ${element.className} ${element.textContent}`)
  })
}
