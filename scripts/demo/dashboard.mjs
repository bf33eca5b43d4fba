/** The dashboard of the demo: `plimsoll serve`, as anyone would start it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from '../setup.mjs'

/** Starts it on a free port; resolves with its URL, and `end`. */
export async function startDashboard(directory) {
  const main = join(root, 'dist', 'cli', 'main.js')
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--dir', directory], {
    // In a process group of its own: Ctrl-C in the terminal ends the demo, which ends it.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const url = await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data').then(([text]) => text.trim()),
    gone.then(([code]) => Promise.reject(new Error(`plimsoll serve ended with ${code}`))),
  ])
  return {
    url,
    async end() {
      child.kill('SIGTERM')
      await gone
      process.off('exit', kill)
    },
  }
}
