/**
 * `npm test`: everything that must hold, in the order in which a failure is cheapest to understand.
 * `npm test -- test/formats` builds and runs only the tests whose path contains one of the given texts.
 * The first step that fails ends the run, with its output in full, and the steps left out are named.
 */
import { availableParallelism } from 'node:os'
import { buildSource, buildTests, CommandFailed, filesBelow, install, isInstalled, run, runTool } from './setup.mjs'

const wanted = process.argv.slice(2).map((text) => text.replaceAll('\\', '/').replace(/^\.\//, ''))

const preparation = [
  { name: 'install', run: () => (isInstalled() ? undefined : install()) },
  { name: 'build', run: buildSource },
  { name: 'types', run: buildTests },
]
const inspection = [
  { name: 'lint', run: () => runTool('@biomejs/biome', 'biome', ['ci', '--error-on-warnings', '.']) },
  { name: 'floors', run: () => runTool('dependency-cruiser', 'depcruise', ['src', '--output-type', 'err-long']) },
  { name: 'unused', run: () => runTool('knip', 'knip', []) },
  { name: 'publint', run: () => runTool('publint', 'publint', ['--strict']) },
  { name: 'attw', run: () => runTool('@arethetypeswrong/cli', 'attw', ['--pack', '.', '--profile', 'esm-only']) },
]
const steps = [...preparation, ...(wanted.length > 0 ? [] : inspection), { name: 'tests', run: runTests, show: true }]

for (const [i, step] of steps.entries()) {
  const begun = performance.now()
  const seconds = () => `${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s`
  try {
    if (step.show) console.log(`${step.name} …`)
    await step.run()
    console.log(`${step.name.padEnd(8)} ok    ${seconds()}`)
  } catch (error) {
    console.log(`${step.name.padEnd(8)} FAILED${seconds()}`)
    console.log(error instanceof CommandFailed ? `${error.output}\n${error.message}` : error)
    const leftOut = steps.slice(i + 1).map((other) => other.name)
    if (leftOut.length > 0) console.log(`Left out: ${leftOut.join(', ')}`)
    process.exitCode = 1
    break
  }
}

/** Runs the compiled tests; the files are listed here because Node 20 knows no globs. */
function runTests() {
  const files = testFiles()
  if (files.length === 0) throw new Error(`No test file matches ${wanted.join(' ')}`)
  const options = [
    `--test-concurrency=${Math.max(2, availableParallelism())}`,
    // A hung test must fail by itself, with its name, before CI gives up on the whole run.
    '--test-timeout=120000',
    '--test-reporter=./scripts/reporter.mjs',
    '--test-reporter-destination=stdout',
  ]
  return run(process.execPath, ['--test', ...options, ...files], { show: true })
}

function testFiles() {
  const sources = filesBelow('test')
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${file}`)
  const chosen = wanted.length === 0 ? sources : sources.filter((file) => wanted.some((text) => file.includes(text)))
  return chosen.map((file) => `build/${file.replace(/\.ts$/, '.js')}`)
}
