/**
 * `npm run test:written`: the tests of readers, fleets, archives and commands once more, with pages that are written once a second
 * instead of mapped. `npm run test:written -- test/cli` runs only those whose path contains one of the given texts.
 */
import { readFileSync } from 'node:fs'
import { runTests } from './run-tests.mjs'
import { buildSource, buildTests, CommandFailed, filesBelow, setUp } from './setup.mjs'
import { stagePackage } from './stage-package.mjs'

const suites = ['test/page/', 'test/fleet/', 'test/cli/', 'test/publish', 'test/faults/']

/** Titles of tests that are about mapping itself, or about what only a mapped page promises, and why. */
const aboutMapping = {}

await setUp()
await buildSource()
await stagePackage()
await buildTests()
const sources = filesBelow('test').filter((file) => file.endsWith('.test.ts'))
const text = sources.map((file) => readFileSync(`test/${file}`, 'utf8')).join('\n')
const unknown = Object.keys(aboutMapping).filter((title) => !text.includes(title))
if (unknown.length > 0) throw new Error(`No test has these titles: ${unknown.join('; ')}`)
const titles = Object.keys(aboutMapping).map((title) => title.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
process.env.PLIMSOLL_PAGE = 'written'
const asked = process.argv.slice(2)
try {
  const options = titles.length === 0 ? [] : [`--test-name-pattern=/^(?!(?:${titles.join('|')})$)/`]
  await runTests({ wanted: asked.length > 0 ? asked : suites, show: true, options })
} catch (error) {
  if (!(error instanceof CommandFailed)) throw error
  process.exitCode = 1
}
