/**
 * `npm run soak`: the tests with real faults in their long forms, some half an hour, most of it `short-lived`.
 * `npm run soak -- kills children` runs only the tests whose path contains one of the given texts.
 */
import { runTests } from './run-tests.mjs'
import { buildTests, filesBelow, setUp } from './setup.mjs'

const long = {
  PLIMSOLL_SOAK_KILLS: '500',
  PLIMSOLL_SOAK_THREADS: '200',
  PLIMSOLL_SOAK_FLEET_KILLS: '1500',
  PLIMSOLL_SOAK_WRITTEN_KILLS: '500',
  PLIMSOLL_SOAK_WORKERS: '10000',
  PLIMSOLL_SOAK_VALUES: '20000000',
  PLIMSOLL_SOAK_OBJECTS: '1000000',
}

for (const [name, value] of Object.entries(long)) process.env[name] ??= value
await setUp()
await buildTests()
const only = process.argv.slice(2)
const files = filesBelow('test/faults').filter((file) => file.endsWith('.test.ts'))
// One after another: each has the machine for itself, and its own limit of time.
for (const file of files) {
  if (only.length > 0 && !only.some((text) => file.includes(text))) continue
  await runTests({ wanted: [`test/faults/${file}`], show: true, maxSeconds: 3600 })
}
