/** The demo from start to end: service, load, view, and a check that what was sent was counted. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDashboard } from './dashboard.mjs'
import { openDisplay } from './display.mjs'
import { listenForEnd } from './end.mjs'
import { startEvents } from './events.mjs'
import { recordKills } from './kills.mjs'
import { startLoad } from './load.mjs'
import { servePrometheus } from './prometheus.mjs'
import { startService } from './service.mjs'
import { agreement, summary } from './summary.mjs'
import { styles } from './view.mjs'
import { watch } from './watch.mjs'

/**
 * Runs until `seconds` have passed or somebody ends it. Leaves no process, no file and no changed terminal behind.
 * Sets the exit code to 1 when a total fell, the service broke, or the counts do not agree.
 */
export async function runDemo({ seconds }) {
  const end = listenForEnd()
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
  const prometheus = await servePrometheus(() => watcher.snapshot())
  const dashboard = await startDashboard(directory)
  const load = startLoad(service.url)
  service.exited.then(end.fail)
  const begun = performance.now()
  const elapsed = () => Math.round((performance.now() - begun) / 1000)
  const killed = recordKills()
  const events = startEvents(load, killed, seconds)
  let look = watcher.look()
  const urls = { dashboard: dashboard.url, metrics: prometheus.url }
  const display = openDisplay(directory, urls, style, end.request)
  const show = (news = []) => {
    const upcoming = events.upcoming(elapsed())
    display.show({ look, seconds: elapsed(), notes: killed.notes, news, ending: end.reached, upcoming })
  }
  const tick = () => {
    const before = look.total
    look = watcher.look()
    if (look.total < before) end.fail(`The total fell from ${before} to ${look.total}.`)
    for (const { error } of look.failures) end.fail(error.message)
    events.tick(elapsed(), look)
    show(killed.follow(look))
  }
  show()
  end.after(seconds)
  const ticker = setInterval(tick, 1000)
  try {
    await end.promise
    clearInterval(ticker)
    show()
    await load.end()
    await service.end()
  } finally {
    clearInterval(ticker)
    await display.close()
    await dashboard.end()
    await prometheus.close()
  }
  // All workers have ended; their pages can be read.
  const all = watcher.lookBack()
  watcher.close()
  const check = agreement(load.tally, all, killed.count)
  console.log(summary(all, load.tally, check, elapsed(), killed.count, style))
  const problems = [...end.failures, ...check.problems]
  return problems.length > 0 && service.complaints() !== '' ? [...problems, service.complaints()] : problems
}
