/**
 * `npm run conformance`: the package with launchers, bundlers and test runners of others, which are installed from the registry
 * into build/launchers. `npm run conformance -- loaders` runs the suites whose path contains one of the given texts. Needs minutes
 * and the registry.
 */
import { buildTests, filesBelow, run, setUp } from './setup.mjs'
import { stagePackage } from './stage-package.mjs'

const wanted = process.argv.slice(2)
const files = filesBelow('test')
  .filter((file) => file.endsWith('.conformance.ts'))
  .filter((file) => wanted.length === 0 || wanted.some((text) => file.includes(text)))
  .map((file) => `build/test/${file.replace(/ts$/, 'js')}`)
await setUp()
await stagePackage()
await buildTests()
const options = ['--test-timeout=1800000', '--test-concurrency=1', '--test-reporter=spec']
await run(process.execPath, ['--test', ...options, ...files], { show: true }).catch(() => (process.exitCode = 1))
