/**
 * `npm run fuzz -- --cases 100000 --seed 42`: the property of hostile pages, for longer than tests have time.
 * The seed is printed, so that a failure can be had again; default: 100,000 cases, a seed from the clock.
 */
import { parseArgs } from 'node:util'
import { buildSource, buildTests, run } from './setup.mjs'

const { values } = parseArgs({ options: { cases: { type: 'string' }, seed: { type: 'string' } } })
const cases = Number(values.cases ?? 100_000)
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
if (!(Number.isSafeInteger(cases) && cases > 0 && Number.isSafeInteger(seed))) {
  console.error('Usage: npm run fuzz -- [--cases N] [--seed N], both whole numbers')
  process.exit(2)
}

await buildSource()
await buildTests()
console.log(`${cases} cases, seed ${seed}`)
process.env.PLIMSOLL_FUZZ_CASES = String(cases)
process.env.PLIMSOLL_FUZZ_SEED = String(seed)
const begun = performance.now()
try {
  const only = ['--test', '--test-name-pattern=^Whatever stands in a file', '--test-reporter=spec']
  await run(process.execPath, [...only, 'build/test/page/hostile.prop.test.js'], { show: true })
} catch {
  process.exitCode = 1
}
console.log(`${((performance.now() - begun) / 1000).toFixed(1)} s`)
