/**
 * `npm run test:written`: the tests of readers, fleets, archives and commands once more, with pages that are written once a second
 * instead of mapped. `npm run test:written -- test/cli` runs only those whose path contains one of the given texts.
 */
import { readFileSync } from 'node:fs'
import { runTests } from './run-tests.mjs'
import { buildSource, buildTests, CommandFailed, filesBelow, setUp } from './setup.mjs'
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

/**
 * Tests that are left out, by the beginning of their titles: they are about mapping itself, or read or change the file of a page at
 * an instant at which a written page does not have it yet.
 */
const aboutMapping = [
  // The reader in Python knows mapped pages only.
  'reads a live page like ours',
  'does not believe a copy of a live page to be live',
  // Their writers never let the event loop run.
  'A page read while it is written and grows shows counts',
  'A cell is never seen torn',
  // They change the file, or copy it, under its writer.
  'A reader that meets any part of a copy under way',
  'Whatever comes and goes, a reader that stays, a new one and the registry agree',
  'pages that come, go and break between reads are followed',
  // They are about kernel locks.
  'clean removes pages of dead writers and old left-overs, and nothing else',
  'where locks cannot be asked for, clean keeps mapped pages and says so',
  'the seconds in a state go as far as its writer is known to have lived',
]

await setUp()
await buildSource()
await stagePackage()
await buildTests()
const sources = filesBelow('test').filter((file) => file.endsWith('.test.ts'))
const text = sources.map((file) => readFileSync(`test/${file}`, 'utf8')).join('\n')
const unknown = aboutMapping.filter((title) => !text.includes(title))
if (unknown.length > 0) throw new Error(`No test has these titles: ${unknown.join('; ')}`)
const titles = aboutMapping.map((title) => title.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
process.env.PLIMSOLL_PAGE = 'written'
const asked = process.argv.slice(2)
try {
  const options = [`--test-name-pattern=/^(?!${titles.join('|')})/`]
  await runTests({ wanted: asked.length > 0 ? asked : suites, show: true, options })
} catch (error) {
  if (!(error instanceof CommandFailed)) throw error
  process.exitCode = 1
}
