/** Shows what is seen of the service: frames on a terminal, lines in a pipe. */
import { canDraw, openScreen } from './screen.mjs'
import { commands, introduction, plainLine, routeTable, workerTable } from './view.mjs'

/**
 * Opens the display. `show` takes a look at the service with what belongs to it: the `seconds` gone by, the `notes` on
 * killed workers, those of them that are `news`, whether the demo is `ending`, and in how many seconds it kills a worker.
 */
export function openDisplay(directory, url, style, { onKill, onEnd }) {
  const help = commands(directory, url, style)
  return canDraw() ? frames(help, style, onKill, onEnd) : lines(help, style)
}

function frames(help, style, onKill, onEnd) {
  let last
  const frame = ({ look, notes, ending, killsIn }) => [
    [introduction(style)],
    routeTable(look, 'the last second', style),
    workerTable(look, style),
    notes.slice(-2),
    help,
    [ending ? style.dim('Ending …') : keys(killsIn, style)],
  ]
  const screen = openScreen({
    onKey(key) {
      if (key === 'k') onKill()
      if (key === 'q' || key === '\u0003') onEnd()
    },
    onResize: () => last && screen.draw(frame(last)),
  })
  return {
    show(state) {
      last = state
      screen.draw(frame(state))
    },
    close: screen.close,
  }
}

function keys(killsIn, { bold }) {
  const soon = killsIn === undefined ? '' : ` (the demo does so in ${killsIn} s)`
  return `${bold('k')}  kill a worker with SIGKILL${soon}   ${bold('Ctrl-C')}  end`
}

function lines(help, style) {
  console.log([introduction(style), ...help, ''].join('\n'))
  return {
    show({ look, seconds, news, ending }) {
      if (seconds > 0 && !ending) console.log([plainLine(seconds, look), ...news].join('\n'))
    },
    close: () => console.log(''),
  }
}
