/** `npm run build`: makes a clone ready to run. With `--tests` it also builds tests, benchmarks and examples. */
import { buildTests, setUp } from './setup.mjs'

await setUp({ quiet: true })
if (process.argv.includes('--tests')) await buildTests()
