import { fileURLToPath } from 'node:url'
import { isOfTool, mainScript, takePm2Environment } from './os/main-script.ts'

// For `node --import plimsoll/register app.js`: publishes what the app and its libraries count, with no line of code.
takePm2Environment()
// What is only needed to publish is loaded only then: NODE_OPTIONS brings this file into every command of a shell.
if (isApp()) {
  const { publish } = await import('./publish.ts')
  publish()
}

function isApp(): boolean {
  const script = mainScript()
  if (script === undefined) return true
  if (script === fileURLToPath(new URL('cli/main.js', import.meta.url))) return false
  // A command line that names this file means its own process; NODE_OPTIONS means whatever is started.
  return !isOfTool(script) || process.execArgv.some((arg) => /\bregister\b/.test(arg))
}
