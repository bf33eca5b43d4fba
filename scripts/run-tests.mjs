/** Runs the compiled tests; the files are listed here because Node 20 knows no globs. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { filesBelow, root, run } from './setup.mjs'
import { bySpeed } from './slow-tests.mjs'
import { groupFiles } from './test-groups.mjs'

/**
 * Runs the tests whose path contains one of `wanted`, or all when it is empty; where `slow` is given, of those only the slow ones
 * (true) or the others (false). `node` is the binary that runs them, `options` are more of its options. With `show` they write to
 * the terminal, else the output is the result.
 */
export function runTests({
  node = process.execPath,
  wanted = [],
  slow,
  show = false,
  maxSeconds = 600,
  reporter = 'reporter.mjs',
  options = [],
} = {}) {
  const files = testFiles(wanted, slow)
  if (files.length === 0) throw new Error(`No test file matches ${wanted.join(' ')}`)
  const all = [
    ...options,
    // Many of the quick ones wait for timers; what the slow ones start needs all processors.
    `--test-concurrency=${Math.max(2, availableParallelism()) * (slow === false ? 2 : 1)}`,
    // A hung test must fail by itself, with its name, before CI gives up on the whole run.
    `--test-timeout=${maxSeconds * 1000}`,
    `--test-reporter=./scripts/${reporter}`,
    '--test-reporter-destination=stdout',
  ]
  return run(node, ['--test', ...all, ...files], { show })
}

/** As `runTests`; then writes the CPU seconds of each file, its own and those of the processes it started, the most first. */
export async function runTestsWithTimes(given) {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-times-'))
  const times = join(folder, 'times.jsonl')
  process.env.PLIMSOLL_TEST_TIMES = times
  try {
    await runTests({ ...given, options: ['--import', './scripts/count-cpu.mjs'] })
  } finally {
    showTimes(
      readFileSync(times, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    )
    rmSync(folder, { recursive: true })
  }
}

function showTimes(files) {
  const seconds = (number) => number.toFixed(1).padStart(6)
  const sum = (numbers) => numbers.reduce((all, each) => all + each, 0)
  console.log('# CPU seconds: all, own, of processes started')
  const all = { own: sum(files.map(({ own }) => own)), children: sum(files.map(({ children }) => children)) }
  const sorted = files.sort((a, b) => b.own + b.children - a.own - a.children)
  for (const { file, own, children } of [{ file: 'all files', ...all }, ...sorted]) {
    const name = file.startsWith('/') ? relative(join(root, 'build'), file) : file
    console.log(`# ${seconds(own + children)} ${seconds(own)} ${seconds(children)}  ${name}`)
  }
}

function testFiles(wanted, slow) {
  const sources = filesBelow('test')
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${file}`)
  const sought = slow === undefined ? sources : bySpeed(sources, slow)
  const chosen = wanted.length === 0 ? sought : sought.filter((file) => wanted.some((text) => file.includes(text)))
  return groupFiles(chosen.map((file) => `build/${file.replace(/\.ts$/, '.js')}`))
}
