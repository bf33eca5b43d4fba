/** Shows what is seen of the service: `plimsoll top` on a terminal, lines in a pipe. */
import { stdin, stdout } from 'node:process'
import { Selection } from '#src/cli/select/selection.ts'
import { LiveSource } from '#src/cli/top/live-source.ts'
import { runTop } from '#src/cli/top/run-top.ts'
import { systemClock } from '#src/clock.ts'
import { commands, introduction, plainLine } from './view.mjs'

/**
 * Opens the display. `show` takes a look at the service with what belongs to it: the `seconds` gone by, the `notes` on
 * killed workers, those of them that are `news`, whether the demo is `ending`, and what is `upcoming`.
 */
export function openDisplay(directory, urls, style, onEnd) {
  return isTerminal() ? openTop(directory, urls, onEnd) : openLines(directory, urls, style)
}

function isTerminal() {
  return stdout.isTTY === true && !process.env.CI && process.env.TERM !== 'dumb'
}

/** How long something new is shown. */
const secondsToRead = 8

/** The command itself, in this process, with a line about the demo above its last one. */
function openTop(directory, { dashboard }, onEnd) {
  const stop = new AbortController()
  const { env } = process
  let note = ''
  let said = { text: '', until: 0 }
  const context = { columns: stdout.columns, color: !env.NO_COLOR, clock: systemClock, signal: stop.signal }
  const terminal = { input: stdin.isTTY ? stdin : undefined, output: stdout, env }
  const selection = new Selection([directory], [], { clock: systemClock })
  const source = new LiveSource(selection, systemClock)
  const top = { source, intervalMs: 1000, empty: () => selection.nothingHere(), note: () => note }
  const shown = drain(runTop(top, terminal, context)).then(() => {
    console.log('Ending …')
    onEnd()
  })
  return {
    show({ seconds, news, ending, upcoming }) {
      if (news.length > 0) said = { text: news.at(-1), until: seconds + secondsToRead }
      const text = seconds < said.until ? said.text : `Next: ${upcoming}.`
      note = `Dashboard: ${dashboard}   ${text}`
      if (ending) stop.abort()
    },
    async close() {
      stop.abort()
      await shown
    },
  }
}

/** It prints nothing but its screen. */
async function drain(results) {
  for await (const _ of results);
}

function openLines(directory, urls, style) {
  console.log([introduction(style), ...commands(directory, urls, style), ''].join('\n'))
  return {
    show({ look, seconds, news, ending }) {
      if (seconds > 0 && !ending) console.log([plainLine(seconds, look), ...news].join('\n'))
    },
    async close() {
      console.log('')
    },
  }
}
