/// <reference lib="dom" />
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { needsPackage } from '../support/debian.ts'

const found = needsPackage('chromium', 'chromium')

/** What a test in a browser is run with: a reason to leave it out, where there is no browser. */
export const inBrowser: { readonly skip?: string } = 'path' in found ? {} : { skip: found.missing }

export async function openBrowser(): Promise<Browser> {
  const executablePath = 'path' in found ? found.path : ''
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

/** A page, and whatever it complained about or asked of somebody else. */
export interface WatchedPage {
  readonly page: Page
  readonly complaints: readonly string[]
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  return watchedPage(await context.newPage(), url)
}

/** Opens an address in a page, and notes all that is not as it should be. */
export async function watchedPage(page: Page, url: string): Promise<WatchedPage> {
  const complaints: string[] = []
  const { origin } = new URL(url)
  page.on('console', (message) => complaints.push(`console: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(`error: ${error.stack}`))
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:'))
      complaints.push(`outside: ${request.url()}`)
  })
  await page.goto(url)
  return { page, complaints }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The rules of accessibility that a page breaks, and where: all rules, or those of `only`. */
export async function violations(page: Page, only?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe)
  return page.evaluate(async (values) => {
    const { axe: tool } = globalThis as unknown as {
      axe: {
        run(
          options: object,
        ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>
      }
    }
    // What is passed or cannot be applied is not described, and no selector is made for what is: that takes half of the time.
    const options = { resultTypes: ['violations'], selectors: false }
    const { violations } = await tool.run(values ? { ...options, runOnly: { type: 'rule', values } } : options)
    return violations.flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    )
  }, only)
}

/** How many different colours a picture of a chart has, without its axes. */
export async function coloursOf(page: Page, selector: string): Promise<number> {
  return page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const canvas = (element as Element).querySelector('canvas') as HTMLCanvasElement
      const { data } = (canvas.getContext('2d') as CanvasRenderingContext2D).getImageData(
        0,
        0,
        canvas.width,
        canvas.height,
      )
      const colours = new Set<number>()
      for (let i = 0; i < data.length; i += 4)
        if (data[i + 3] === 255)
          colours.add(((data[i] as number) << 16) | ((data[i + 1] as number) << 8) | (data[i + 2] as number))
      return colours.size
    })
}

/** A process that works. */
export interface WorkingProcess {
  readonly pid: number
  order(text: string): Promise<void>
  kill(): Promise<void>
}

export async function startWorker(folder: string, app: string, speed = 1): Promise<WorkingProcess> {
  const fixture = fileURLToPath(new URL('fixtures/worker.js', import.meta.url))
  const child = spawn(process.execPath, [fixture, folder, app, String(speed)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  await once(lines, 'line')
  return {
    pid: child.pid as number,
    async order(text) {
      const done = once(lines, 'line')
      child.stdin.write(`${text}\n`)
      await done
    },
    async kill() {
      const gone = once(child, 'exit')
      if (child.exitCode !== null || !child.kill('SIGKILL')) return
      await gone
    },
  }
}
