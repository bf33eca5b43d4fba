/** Runs the compiled tests; the files are listed here because Node 20 knows no globs. */
import { availableParallelism } from 'node:os'
import { filesBelow, run } from './setup.mjs'

/**
 * Runs the tests whose path contains one of `wanted`, or all when it is empty, under the given Node binary, with more
 * `options` of Node and another `reporter` where given. With `show` they write to the terminal, else the output is the result.
 */
export function runTests({
  node = process.execPath,
  wanted = [],
  show = false,
  maxSeconds = 600,
  reporter = 'reporter.mjs',
  options = [],
} = {}) {
  const files = testFiles(wanted)
  if (files.length === 0) throw new Error(`No test file matches ${wanted.join(' ')}`)
  const all = [
    ...options,
    `--test-concurrency=${Math.max(2, availableParallelism())}`,
    // A hung test must fail by itself, with its name, before CI gives up on the whole run.
    `--test-timeout=${maxSeconds * 1000}`,
    `--test-reporter=./scripts/${reporter}`,
    '--test-reporter-destination=stdout',
  ]
  return run(node, ['--test', ...all, ...files], { show })
}

function testFiles(wanted) {
  const sources = filesBelow('test')
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${file}`)
  const chosen = wanted.length === 0 ? sources : sources.filter((file) => wanted.some((text) => file.includes(text)))
  return chosen.map((file) => `build/${file.replace(/\.ts$/, '.js')}`)
}
