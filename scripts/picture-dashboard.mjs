/**
 * `npm run docs:dashboard`: takes the picture of the dashboard that the documents show, docs/images/dashboard.png. It runs
 * examples/service.mjs under load, kills one of its workers, has another one block, and opens `plimsoll serve` in Chromium.
 */
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { startLoad } from './demo/load.mjs'
import { root, setUp } from './setup.mjs'

const picture = join(root, 'docs', 'images', 'dashboard.png')
const secondsOfLoad = Number(process.env.PICTURE_SECONDS ?? 240)
const browserPath = process.env.CHROMIUM ?? '/usr/bin/chromium'
/** A code on which the expression of the service takes seconds. */
const badCode = `/coupons/${'x'.repeat(27)}!`

await setUp()
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-picture-'))
const pages = join(folder, 'pages')
mkdirSync(pages, { mode: 0o700 })
const env = { ...process.env, PLIMSOLL_DIR: pages, PLIMSOLL_APP: 'shop' }
const register = new URL('../dist/register.js', import.meta.url).href
const service = fork(join(root, 'examples', 'service.mjs'), {
  env: { ...env, NODE_OPTIONS: `--import=${register}`, NODE_NO_WARNINGS: '1' },
  stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
})
const serving = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'serve', '--port', '0'], {
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const [{ url }] = await once(service, 'message')
  const [address] = await once(createInterface({ input: serving.stdout }), 'line')
  const load = startLoad(url, (reason) => console.error(reason))
  await delay((secondsOfLoad / 2) * 1000)
  kill()
  await delay((secondsOfLoad / 4) * 1000)
  get(`${url}${badCode}`, (response) => response.resume()).on('error', () => {})
  await delay((secondsOfLoad / 4) * 1000)
  await take(`${address}?app=shop&view=http.latency:heat&pin=http.latency&pin=http.requests&pin=process.cpu.time`)
  await load.end()
  console.log(`Wrote ${picture}`)
} finally {
  service.kill()
  serving.kill()
  await once(service, 'exit')
  rmSync(folder, { recursive: true, force: true })
}

/** Ends the worker that began last, as a lack of memory would. */
function kill() {
  const pids = readdirSync(pages).flatMap((file) => /^shop-(\d+)-0-/.exec(file)?.[1] ?? [])
  process.kill(Math.max(...pids.map(Number).filter((pid) => pid !== service.pid)), 'SIGKILL')
}

async function take(address) {
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
  const page = await browser.newPage({ viewport: { width: 1360, height: 900 } })
  await page.goto(address)
  await page.locator('.panel canvas').nth(8).waitFor()
  // Each frame draws for a few milliseconds; all charts have been drawn when the readouts are filled.
  await delay(6000)
  await page.screenshot({ path: picture })
  await browser.close()
}
