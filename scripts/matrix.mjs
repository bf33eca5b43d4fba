/**
 * `npm run matrix`: runs the built tests under other Node versions, one after another, and prints a table.
 * The binaries come as npm packages into a temporary folder; nothing is added to the project.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runTests } from './run-tests.mjs'
import { buildTests, CommandFailed, run, setUp } from './setup.mjs'
import { stagePackage } from './stage-package.mjs'

const versions = ['22', '24', '26']
const platform = `${process.platform}-${process.arch}`

await setUp()
await stagePackage()
await buildTests()
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-matrix-'))
try {
  const rows = []
  for (const version of versions) rows.push(await tryVersion(version))
  console.log(['Node', 'Result', 'Tests', 'Passed', 'Seconds'].map((text) => text.padEnd(10)).join(''))
  for (const row of rows) console.log(row.map((cell) => String(cell).padEnd(10)).join(''))
  if (rows.some(([, result]) => result !== 'ok')) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function tryVersion(version) {
  const prefix = join(folder, version)
  const name = `node-${platform}`
  console.error(`Node ${version} …`)
  await run('npm', ['install', '--prefix', prefix, '--no-save', '--no-audit', '--no-fund', `${name}@${version}`])
  const node = join(prefix, 'node_modules', name, 'bin', 'node')
  const exact = (await run(node, ['--version'])).trim()
  const begun = performance.now()
  let output
  let result = 'ok'
  try {
    output = await runTests({ node, wanted: process.argv.slice(2) })
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    console.error(error.output)
    output = error.output
    result = 'FAILED'
  }
  const count = (what) => /^\d+/m.exec(output.split(`# ${what} `)[1] ?? '')?.[0] ?? '?'
  return [exact, result, count('tests'), count('pass'), ((performance.now() - begun) / 1000).toFixed(1)]
}
