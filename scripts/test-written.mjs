/**
 * `npm run test:written`: the tests of readers, fleets, archives and commands once more, with pages that are written once a second
 * instead of mapped. `npm run test:written -- test/cli` runs only those whose path contains one of the given texts.
 * What is about mapping alone skips itself, by `mappedOnly` of test/support/written.ts.
 */
import { importPackage } from './fixtures.mjs'
import { runTests } from './run-tests.mjs'
import { buildSource, buildTests, CommandFailed, setUp } from './setup.mjs'
import { stagePackage } from './stage-package.mjs'

const suites = [
  'test/page/',
  'test/fleet/',
  'test/cli/',
  'test/publish',
  'test/faults/fleet-kills',
  'test/faults/kills',
  'test/faults/written-kills',
]

await setUp()
await buildSource()
await stagePackage()
await buildTests()
importPackage()
process.env.PLIMSOLL_PAGE = 'written'
const asked = process.argv.slice(2)
try {
  await runTests({ wanted: asked.length > 0 ? asked : suites, show: true })
} catch (error) {
  if (!(error instanceof CommandFailed)) throw error
  process.exitCode = 1
}
