/**
 * `npm run docs:terminal`: records the terminals that the README shows into docs/images/terminal.svg and docs/images/top.svg. It
 * runs examples/service.mjs under load, kills one of its workers, lets another one hang, and types the commands into tmux.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startLoad } from './demo/load.mjs'
import { startService } from './demo/service.mjs'
import { root, setUp } from './setup.mjs'
import { openTerminal } from './terminal/tmux.mjs'

const images = join(root, 'docs', 'images')
const about = 'the metrics of a live, a blocked and a killed process'
const secondsBeforeKill = 12
const secondsAfterKill = 8
/** A process is blocked when its heartbeat is 3 s old. */
const secondsUntilBlocked = 4
/** So that rates are those of some seconds. */
const secondsOfTop = 8

await setUp()
const { watch } = await import('./demo/watch.mjs')
const { renderTerminal } = await import('./terminal/svg.mjs')
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-terminal-'))
try {
  mkdirSync(images, { recursive: true })
  const { commands, top } = await record(join(folder, 'pages'))
  write('terminal.svg', renderTerminal(commands, `A terminal with plimsoll reading ${about}`))
  write('top.svg', renderTerminal(top, `A terminal with plimsoll top showing ${about}`))
} finally {
  rmSync(folder, { recursive: true })
}

function write(name, text) {
  writeFileSync(join(images, name), text)
  console.log(`Wrote ${join(images, name)}`)
}

/** Resolves with the screens: their lines, with escape sequences for colours. */
async function record(directory) {
  mkdirSync(directory, { mode: 0o700 })
  const service = await startService(directory)
  const watcher = watch(directory)
  const load = startLoad(service.url)
  let blocked
  try {
    await kill(watcher)
    blocked = await block(service, watcher)
    const top = await recordTop(directory)
    await load.end()
    const terminal = await openTerminal({ columns: 100, rows: 60, env: { PLIMSOLL_DIR: directory }, cwd: root })
    try {
      await terminal.type('# Three in the morning: one worker is blocked, another was killed.')
      await terminal.type('npx plimsoll ls')
      await terminal.type("npx plimsoll show shop --filter http.latency --filter 'http.requests{status!=200}'")
      await terminal.type('# What is the blocked one doing?')
      await terminal.type(`npx plimsoll show ${blocked} --filter in_flight`)
      return { commands: await terminal.screen(), top }
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

async function kill(watcher) {
  await delay(secondsBeforeKill * 1000)
  process.kill(watcher.look().live[1].pid, 'SIGKILL')
  await delay(secondsAfterKill * 1000)
}

/** The list of processes, the blocked one chosen, and where it is. */
async function recordTop(directory) {
  // With 16 colours, which the picture has as well; within tmux there are 256.
  const env = { PLIMSOLL_DIR: directory, TERM: 'xterm', TMUX: '' }
  const terminal = await openTerminal({ columns: 110, rows: 10, env, cwd: root })
  try {
    await terminal.press('npx plimsoll top', 'Enter')
    await terminal.until(/✖ blocked/)
    await delay(secondsOfTop * 1000)
    for (let line = 0; line < secondsOfTop; line++) {
      const lines = await terminal.until(/plimsoll top/)
      if (lines.some((one) => one.includes('b: where'))) break
      await terminal.press('Down')
      await delay(300)
    }
    await terminal.press('b')
    return await terminal.until(/blocked for .* in \S+/)
  } finally {
    await terminal.close()
  }
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
