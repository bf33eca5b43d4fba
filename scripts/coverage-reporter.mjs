/** A reporter for node:test that adds how much of the code was run, and fails the run when that is below a floor. */
import { relative } from 'node:path'
import report from './reporter.mjs'
import { root } from './setup.mjs'

/** Percentages that must be reached: a little less than what was measured. */
const floors = { Line: 96, Branch: 93, Function: 94 }
/** What these tests are about. Node 20 has no option for it; later versions name the sources. */
const measured = /^(dist|src)\/(metrics|snapshot|formats)\//
const filesShown = 10

export default async function* reportCoverage(events) {
  let summary
  const others = async function* () {
    for await (const event of events) {
      if (event.type === 'test:coverage') summary = event.data.summary
      else yield event
    }
  }
  yield* report(others())
  if (summary === undefined) throw new Error('Node reported no coverage')
  const files = summary.files.filter(({ path }) => measured.test(relative(root, path)))
  yield* leastCovered(files)
  for (const [what, floor] of Object.entries(floors)) {
    const percent = percentOf(files, what)
    // A share of nothing is NaN, which is not enough either.
    const isEnough = percent >= floor
    if (!isEnough) process.exitCode = 1
    yield `${what} coverage ${percent.toFixed(2)} %, ${isEnough ? 'at least' : 'BELOW'} ${floor} %\n`
  }
}

function percentOf(files, what) {
  const sum = (field) => files.reduce((total, file) => total + file[field], 0)
  return (100 * sum(`covered${what}Count`)) / sum(`total${what}Count`)
}

function* leastCovered(files) {
  const missed = (file) => file.totalLineCount - file.coveredLineCount
  yield 'lines not run\n'
  for (const file of files.sort((a, b) => missed(b) - missed(a)).slice(0, filesShown))
    yield `${String(missed(file)).padStart(5)} of ${String(file.totalLineCount).padEnd(4)} ${relative(root, file.path)}\n`
}
