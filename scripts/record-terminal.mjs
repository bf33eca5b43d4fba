/**
 * `npm run docs:terminal`: records the terminal that the README shows into docs/images/terminal.svg. It runs
 * examples/service.mjs under load, kills one of its workers, lets another one hang, and types the commands into tmux.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startLoad } from './demo/load.mjs'
import { startService } from './demo/service.mjs'
import { root, setUp } from './setup.mjs'
import { openTerminal } from './terminal/tmux.mjs'

const picture = join(root, 'docs', 'images', 'terminal.svg')
const secondsBeforeKill = 12
const secondsAfterKill = 8
/** A process is blocked when its heartbeat is 3 s old. */
const secondsUntilBlocked = 4

await setUp()
const { watch } = await import('./demo/watch.mjs')
const { renderTerminal } = await import('./terminal/svg.mjs')
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-terminal-'))
try {
  mkdirSync(dirname(picture), { recursive: true })
  writeFileSync(picture, renderTerminal(await record(join(folder, 'pages'))))
  console.log(`Wrote ${picture}`)
} finally {
  rmSync(folder, { recursive: true })
}

/** Resolves with the screen: its lines, with escape sequences for colours. */
async function record(directory) {
  mkdirSync(directory, { mode: 0o700 })
  const service = await startService(directory)
  const watcher = watch(directory)
  let blocked
  try {
    await loadAndKill(service, watcher)
    blocked = await block(service, watcher)
    const terminal = await openTerminal({ columns: 100, rows: 60, env: { PLIMSOLL_DIR: directory }, cwd: root })
    try {
      await terminal.type('# Three in the morning: one worker is blocked, another was killed.')
      await terminal.type('npx plimsoll ls')
      await terminal.type("npx plimsoll show shop --filter http.latency --filter 'http.requests{status!=200}'")
      await terminal.type('# What is the blocked one doing?')
      await terminal.type(`npx plimsoll show ${blocked} --filter in_flight`)
      return await terminal.screen()
    } finally {
      await terminal.close()
    }
  } finally {
    watcher.close()
    // A blocked process does not see SIGTERM.
    if (blocked !== undefined) process.kill(blocked, 'SIGKILL')
    await service.end()
  }
}

async function loadAndKill(service, watcher) {
  const load = startLoad(service.url)
  await delay(secondsBeforeKill * 1000)
  process.kill(watcher.look().live[1].pid, 'SIGKILL')
  await delay(secondsAfterKill * 1000)
  await load.end()
}

/** Sends the request that never ends; resolves with the process that hangs in it, once it counts as blocked. */
async function block(service, watcher) {
  const request = get(`${service.url}/coupons/SUMMER-SALE-TWENTY-TWENTY-SIX-PLUS-FREE-SHIPPING!`).on('error', () => {})
  const late = AbortSignal.timeout(60_000)
  for (;;) {
    await delay(200, undefined, { signal: late })
    const hung = watcher.look().live.find(({ heartbeatAge }) => heartbeatAge > secondsUntilBlocked)
    if (hung === undefined) continue
    request.destroy()
    return hung.pid
  }
}
