/**
 * `npm test`: what must hold, in the order in which a failure is cheapest to understand.
 * `npm run test:slow`: what takes longer than a person wants to wait: tests with many processes, and checks of the package.
 * `npm test -- test/formats` builds and runs only the tests whose path contains one of the given texts, slow or not.
 * `npm test -- --times` also shows the CPU time of each file (on Linux).
 * `npm run test:fast` does so for metrics, snapshots and formats.
 * What only looks at files runs together. The first step that fails ends the run, with its output in full, and the steps left out
 * are named.
 */
import { importPackage } from './fixtures.mjs'
import { runTests, runTestsWithTimes } from './run-tests.mjs'
import { buildSource, buildTests, CommandFailed, install, isInstalled, runTool } from './setup.mjs'
import { isStaged, stagedFolder, stagePackage } from './stage-package.mjs'

const isTimed = process.argv.includes('--times')
const isOfSlow = process.argv.includes('--slow')
const texts = process.argv.slice(2).filter((text) => !['--times', '--slow'].includes(text))
const wanted = texts.map((text) => text.replaceAll('\\', '/').replace(/^\.\//, ''))

const isWhole = wanted.length === 0
const asked = { wanted, show: true, ...(isWhole && { slow: isOfSlow }) }

const preparation = [
  { name: 'package', run: () => (isStaged() ? undefined : stagePackage()) },
  { name: 'types', run: () => buildTests().then(importPackage) },
]
const biome = ['ci', '--colors=off', '--diagnostic-level=warn', '--max-diagnostics=none', '--error-on-warnings', '.']
const ofSources = [
  { name: 'lint', run: () => runTool('@biomejs/biome', 'biome', biome) },
  { name: 'floors', run: () => runTool('dependency-cruiser', 'depcruise', ['src', '--output-type', 'err-long']) },
]
const ofPackage = [
  { name: 'unused', run: findUnused },
  { name: 'publint', run: () => runTool('publint', 'publint', [stagedFolder, '--strict']) },
  { name: 'attw', run: () => runTool('@arethetypeswrong/cli', 'attw', ['--pack', stagedFolder]) },
]
const steps = [
  [{ name: 'install', run: () => (isInstalled() ? undefined : install()) }],
  [{ name: 'build', run: buildSource }],
  isWhole && !isOfSlow ? [...preparation, ...ofSources] : preparation,
  isWhole && isOfSlow ? ofPackage : [],
  [{ name: 'tests', run: () => (isTimed ? runTestsWithTimes : runTests)(asked), show: true }],
]

for (const [i, together] of steps.entries()) {
  const isOk = (await Promise.all(together.map(runStep))).every((each) => each)
  if (isOk) continue
  const leftOut = steps.slice(i + 1).flatMap((others) => others.map(({ name }) => name))
  if (leftOut.length > 0) console.log(`Left out: ${leftOut.join(', ')}`)
  process.exitCode = 1
  break
}

/** Whether it went well. */
async function runStep({ name, run, show }) {
  const begun = performance.now()
  const seconds = () => `${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s`
  try {
    if (show) console.log(`${name} …`)
    await run()
    console.log(`${name.padEnd(8)} ok    ${seconds()}`)
    return true
  } catch (error) {
    console.log(`${name.padEnd(8)} FAILED${seconds()}`)
    console.log(error instanceof CommandFailed ? error.message : error)
    return false
  }
}

/** Once with tests and scripts as users, once without: what only a test uses is not used. */
async function findUnused() {
  await runTool('knip', 'knip', [])
  await runTool('knip', 'knip', ['--production', '--include', 'files,dependencies'])
}
