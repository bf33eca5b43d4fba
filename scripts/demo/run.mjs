/** The demo from start to end: service, load, view, and a check that what was sent was counted. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { casualties } from './casualties.mjs'
import { listenForEnd } from './end.mjs'
import { startLoad } from './load.mjs'
import { servePrometheus } from './prometheus.mjs'
import { canDraw, openScreen } from './screen.mjs'
import { startService } from './service.mjs'
import { agreement, summary } from './summary.mjs'
import { commands, introduction, plainLine, routeTable, styles, workerTable } from './view.mjs'
import { watch } from './watch.mjs'

const killAfterSeconds = 8
const secondsToSeeIt = 3

/**
 * Runs until `seconds` have passed or somebody ends it. Leaves no process, no file and no changed terminal behind.
 * Sets the exit code to 1 when a total fell, the service broke, or the counts do not agree.
 */
export async function runDemo({ seconds }) {
  const end = listenForEnd(seconds)
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-demo-'))
  const removeDirectory = () => rmSync(directory, { recursive: true, force: true })
  process.once('exit', removeDirectory)
  let problems = []
  try {
    const service = await startService(directory)
    process.once('exit', service.kill)
    try {
      problems = await watchService(service, directory, seconds, end)
    } finally {
      await service.end()
      process.off('exit', service.kill)
    }
  } finally {
    removeDirectory()
    end.forget()
  }
  for (const problem of problems) console.error(`The demo failed: ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}

/** Load, view and check; resolves with what went wrong. */
async function watchService(service, directory, seconds, end) {
  const style = styles(process.stdout.hasColors?.() ?? false)
  const watcher = watch(directory)
  const killed = casualties()
  const prometheus = await servePrometheus(() => watcher.snapshot())
  const help = commands(directory, prometheus.url, style)
  const load = startLoad(service.url, end.fail)
  service.exited.then(end.fail)
  const begun = performance.now()
  const killsItself = seconds === undefined || seconds >= killAfterSeconds + secondsToSeeIt

  let look = watcher.look()
  const elapsed = () => Math.round((performance.now() - begun) / 1000)
  const frame = () => [
    [introduction(style)],
    routeTable(look, 'the last second', style),
    workerTable(look, style),
    killed.notes.slice(-2),
    help,
    [footer()],
  ]
  const footer = () => {
    if (end.reached) return style.dim('Ending …')
    const left = killAfterSeconds - elapsed()
    const soon = killsItself && killed.count === 0 ? ` (by itself in ${Math.max(0, left)} s)` : ''
    return `${style.bold('k')}  SIGKILL one worker${soon}   ${style.bold('Ctrl-C')}  end`
  }
  const draw = () => screen?.draw(frame())
  const onKey = (key) => {
    if (key === 'k') killed.kill(look)
    if (key === 'q' || key === '\u0003') end.request()
  }
  const screen = canDraw() ? openScreen({ onKey, onResize: draw }) : undefined
  process.once('exit', () => screen?.close())
  if (screen === undefined) console.log([introduction(style), ...help, ''].join('\n'))

  const tick = () => {
    const before = look.total
    look = watcher.look()
    if (look.total < before) end.fail(`The total fell from ${before} to ${look.total}.`)
    for (const { file, error } of look.failures) end.fail(`${file}: ${error.message}`)
    if (killsItself && killed.count === 0 && elapsed() >= killAfterSeconds) killed.kill(look)
    const news = killed.follow(look)
    if (screen === undefined) console.log([plainLine(elapsed(), look), ...news].join('\n'))
    draw()
  }
  const ticker = setInterval(tick, 1000)
  draw()

  try {
    await end.promise
    clearInterval(ticker)
    draw()
    await load.end()
    await service.end()
  } finally {
    clearInterval(ticker)
    await prometheus.close()
    screen?.close()
  }
  // Nobody of them lives any more; the pages do.
  const all = watcher.lookBack()
  watcher.close()
  const check = agreement(load.tally, all, killed.count)
  if (screen === undefined) console.log('')
  console.log(summary(all, load.tally, check, elapsed(), killed.count, style))
  return [...end.failures, ...check.problems]
}
