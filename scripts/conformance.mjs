/**
 * `npm run conformance`: the package with launchers, bundlers and test runners of others, which are installed from the registry
 * into build/launchers. `npm run conformance -- loaders` runs the suites whose path contains one of the given texts, and
 * `npm run conformance -- prom-client <folder>` the tests that a checkout of prom-client or @prometheus-io/client has, with plimsoll in
 * its place. Needs minutes and the registry.
 */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { buildTests, filesBelow, run, setUp } from './setup.mjs'
import { stagePackage } from './stage-package.mjs'

const [folders, wanted] = split(process.argv.slice(2))
const files = filesBelow('test')
  .filter((file) => file.endsWith('.conformance.ts'))
  .filter((file) => wanted.length === 0 || wanted.some((text) => file.includes(text)))
  .map((file) => `build/test/${file.replace(/ts$/, 'js')}`)
if (folders[0] !== undefined) process.env.PLIMSOLL_SUITE = resolve(folders[0])
await setUp()
await stagePackage()
await buildTests()
const options = ['--test-timeout=1800000', '--test-concurrency=1', '--test-reporter=spec']
await run(process.execPath, ['--test', ...options, ...files], { show: true }).catch(() => (process.exitCode = 1))

/** The arguments that are folders, and the others. */
function split(args) {
  const isFolder = (arg) => statSync(arg, { throwIfNoEntry: false })?.isDirectory() === true
  return [args.filter(isFolder), args.filter((arg) => !isFolder(arg))]
}
