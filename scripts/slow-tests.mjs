/**
 * Tests that `npm run test:slow` runs, and `npm test` leaves out: each file takes many seconds of CPU, as it starts tens of
 * processes, browsers or receivers. `.ci/run` runs both.
 */

/** How the paths below `test` begin, without the end of a file's name. */
const starts = [
  'architecture',
  'bench/cases',
  'cli/clean',
  'cli/inspect',
  'cli/large-pages',
  'cli/poll',
  'cli/prometheus',
  'cli/push',
  'cli/scrape',
  'compat/prom-client/ways-in',
  'completions',
  'dashboard/browser',
  'dashboard/server',
  'demo',
  'faults/',
  'findings/conditions',
  'findings/doctor',
  'fleet/archive/archive',
  'fleet/archive/clean.prop',
  'fleet/archive/compaction-lock',
  'fleet/archive/start-compaction',
  'fleet/hosts',
  'fleet/worker',
  'formats/exposition/reference-parser',
  'http/browser',
  'http/serve-status',
  'launchers/',
  'metrics/objects/object-leaks',
  'mmstats/live',
  'os/other-systems',
  'os/sigbus',
  'package',
  'page/conformance',
  'page/hostile.prop',
  'page/limits',
  'page/removal',
  'page/shared-directory',
  'readme',
  'runtime/http/examples',
  'runtime/register',
  'runtime/run',
  'sinks/',
  'snapshot/buckets/quantile.prop',
  'snapshot/buckets/standard-deviation',
  'testing/test-page.prop',
  'zeromq/',
]

/** Those of `files`, such as `test/demo.test.ts`, that are slow, or the others. */
export function bySpeed(files, slow) {
  const gone = starts.filter((start) => !files.some((file) => file.startsWith(`test/${start}`)))
  if (gone.length > 0) throw new Error(`No test file begins with ${gone.join(', ')}: see scripts/slow-tests.mjs`)
  return files.filter((file) => starts.some((start) => file.startsWith(`test/${start}`)) === slow)
}
