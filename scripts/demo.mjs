/**
 * `npm run demo`: a clustered HTTP service under real load, watched from outside, until Ctrl-C.
 * `npm run demo -- --seconds 5` ends by itself. Installs and builds first where that was not done.
 */
import { parseArgs } from 'node:util'
import { CommandFailed, setUp } from './setup.mjs'

const usage = `Usage: npm run demo [-- --seconds N]

  --seconds N   end after N seconds, 1 to 86400; without it, run until Ctrl-C`

/** The seconds to run, `undefined` for no end; `null` when only the usage was asked for. */
function readArguments() {
  const { values } = parseArgs({ options: { seconds: { type: 'string' }, help: { type: 'boolean', short: 'h' } } })
  if (values.help) return null
  if (values.seconds === undefined) return undefined
  const seconds = Number(values.seconds)
  if (seconds >= 1 && seconds <= 86_400) return seconds
  throw new Error(`Invalid --seconds "${values.seconds}". Use a number from 1 to 86400.`)
}

let seconds
try {
  seconds = readArguments()
} catch (error) {
  console.error(`${error.message}\n\n${usage}`)
  process.exit(2)
}
if (seconds === null) {
  console.log(usage)
} else {
  try {
    await setUp()
    const { runDemo } = await import('./demo/run.mjs')
    await runDemo({ seconds })
  } catch (error) {
    console.error(error instanceof CommandFailed ? error.message : `The demo failed: ${error.message}`)
    process.exitCode = 1
  }
}
