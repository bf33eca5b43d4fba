/** The dashboard of the demo: the command `plimsoll serve`, in this process. */

import { run } from '#src/cli/run.ts'
import { systemClock } from '#src/clock.ts'

/** Starts it on a free port; resolves with its URL, and `end`. */
export async function startDashboard(directory) {
  const stop = new AbortController()
  const context = { columns: undefined, color: false, clock: systemClock, signal: stop.signal }
  const results = (await run(['serve', '--port', '0', '--dir', directory], context))[Symbol.asyncIterator]()
  const { value } = await results.next()
  if (value.exitCode !== 0) throw new Error(`plimsoll serve: ${value.messages.join(' ')}`)
  const ended = results.next()
  return {
    url: value.text.trim(),
    async end() {
      stop.abort()
      await ended
    },
  }
}
