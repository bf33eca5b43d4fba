import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { publish } from './publish.ts'

// For `node --import plimsoll/register app.js`: publishes what the app and its libraries count, with no line of code.
// NODE_OPTIONS brings it into the reading command as well, which is no app.
if (!isCommand(process.argv[1])) publish()

function isCommand(script: string | undefined): boolean {
  try {
    return script !== undefined && realpathSync(script) === fileURLToPath(new URL('cli/main.js', import.meta.url))
  } catch {
    return false
  }
}
