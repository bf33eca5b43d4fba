import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isOfTool, isOwnCommand, isPackageManager, launchedScript, takePm2Environment } from './os/launched-script.ts'
import { switchOf } from './os/switch-text.ts'
import { isTestFile } from './os/test-file.ts'

// Publishes what the app and its libraries count, and what the process does, with no line of code. NODE_OPTIONS brings this
// file into every command of a shell, so it loads what is only needed to publish only then.

/** Under which the main thread leaves for its worker threads whether it publishes. */
const key = 'plimsoll.registered.1'
/** Whether only an invalid `$PLIMSOLL_DISABLED` prevents that something is published. */
let isInvalid = false

try {
  takePm2Environment()
  const isPublishing = isThread() ? mainPublishes() : publishes()
  if (isPublishing || isInvalid) {
    const { publishApp, reportDisabled } = await import('./register-app.ts')
    if (isPublishing) publishApp()
    else reportDisabled()
  }
} catch (error) {
  // Such as a file of the package that is missing: no reason not to start the app.
  process.emitWarning(`plimsoll/register does nothing: ${(error as Error).message}`, { type: 'PlimsollWarning' })
}

/** Node marks what worker threads lack. To load node:worker_threads takes longer than all else that is done in a tool. */
function isThread(): boolean {
  return (process.abort as { readonly disabled?: boolean }).disabled === true
}

/**
 * Threads do as the main thread does, whatever environment and options they were given. Where it has left nothing, it does not
 * publish, and only options of the thread itself can ask for that.
 */
function mainPublishes(): boolean {
  const { getEnvironmentData, parentPort } = process.getBuiltinModule('node:worker_threads')
  // The thread in which Node runs hooks for modules, such as those of tsx, runs nothing of the app.
  if (parentPort === null) return false
  const left = getEnvironmentData(key)
  return left === undefined ? isNamed() : left === true
}

/** Whether the main thread does, which leaves that for threads that would take it from their options. */
function publishes(): boolean {
  const given = isApp()
  if (given || isNamed()) process.getBuiltinModule('node:worker_threads').setEnvironmentData(key, given)
  return given
}

function isApp(): boolean {
  const { execArgv, env } = process
  const disabled = switchOf(env.PLIMSOLL_DISABLED ?? '')
  if (disabled === true || execArgv.some((arg) => /^(-c|--check|--test)$/.test(arg))) return false
  const script = launchedScript()
  if (script !== undefined && isOwnCommand(script)) return false
  // From Node 24 on, the test runner puts what NODE_OPTIONS has on the command line of the files that it runs.
  if ((script !== undefined && isPackageManager(script)) || isTestFile()) return false
  // A command line that names this file means its own process; NODE_OPTIONS means whatever is started.
  const isMeant = isNamed() || (script !== undefined && !isOfTool(script))
  isInvalid = isMeant && disabled === undefined
  return isMeant && !isInvalid
}

/** Whether the command line loads this file, or `plimsoll run` has started this process itself. */
function isNamed(): boolean {
  // As CommonJS, another file requires this one.
  const own = join(dirname(fileURLToPath(import.meta.url)), 'register')
  const named = process.execArgv.some((arg) => arg.includes(own) || /\bplimsoll[\\/].*\bregister\b/.test(arg))
  return named || process.env.PLIMSOLL_RUN === String(process.ppid)
}
