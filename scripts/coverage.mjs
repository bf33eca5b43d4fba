/** `npm run coverage`: the fast tests under Node's own coverage; fails when a figure is below its floor. */
import { runTests } from './run-tests.mjs'
import { buildTests, setUp } from './setup.mjs'

await setUp()
await buildTests()
try {
  await runTests({
    wanted: ['test/metrics/', 'test/snapshot/', 'test/formats/'],
    show: true,
    reporter: 'coverage-reporter.mjs',
    options: ['--experimental-test-coverage'],
  })
} catch {
  // The output has said why.
  process.exitCode = 1
}
