/**
 * `npm run bench`: installs and builds what is missing, then measures; see docs/benchmarks.md.
 * `npm run bench -- histogram --rounds 3 --check --json figures.json`
 */
import { buildTests, CommandFailed, run, setUp } from './setup.mjs'
import { stagePackage } from './stage-package.mjs'

await setUp()
await stagePackage()
await buildTests()
try {
  await run(process.execPath, ['build/bench/run.js', ...process.argv.slice(2)], { show: true })
} catch (error) {
  if (!(error instanceof CommandFailed)) throw error
  process.exitCode = 1
}
