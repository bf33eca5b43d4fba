import { readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, extname, isAbsolute, join } from 'node:path'

// Without node:worker_threads: plimsoll/register needs what is here in each process that NODE_OPTIONS brings it into.

/** What PM2 starts in place of the app's script, which it then loads. */
const pm2Container = /[\\/]pm2[\\/]lib[\\/]ProcessContainer\w*\.js$/
const inlineCode = /^(-e|-p|-pe|--eval|--print)(=|$)/
/** Where packages are installed; the second one is Debian's. */
const installed = /[\\/]node_modules[\\/]|^\/usr\/(share|lib)\/nodejs\//
const linked = /[\\/]node_modules[\\/]\.bin[\\/]/
/** A package manager may also lie in a project (`.yarn/releases/yarn-4.9.1.cjs`) or in Corepack's cache. */
const packageManager = /^(npm|npm-cli|npx|npx-cli|pnpm|pnpx|yarn|yarnpkg|corepack)(-\d[\w.-]*)?(\.[cm]?js)?$/
/** Their processes work for a command-line tool, though they have no command. */
const workersOfTools = ['jest-worker', 'tinypool']

/** What this reads of a package.json. */
interface Manifest {
  readonly name: string
  readonly bin?: unknown
}

/** The name of the app whose main script this is: see `appName`. */
export function appOf(script: string | undefined): string {
  if (script === undefined) return ''
  const ofPm2 = process.env.pm_exec_path !== undefined && realPath(process.env.pm_exec_path) === script
  const manifest = (installed.test(script) && manifestAbove(workingDirectory(ofPm2))) || manifestAbove(script)
  return manifest?.name ?? ((ofPm2 && process.env.name) || basename(script, extname(script)))
}

/** Whether a script is of a package manager. */
export function isPackageManager(script: string): boolean {
  return packageManager.test(basename(script))
}

/** Whether a script is of a package manager, or of another package that has commands. */
export function isOfTool(script: string): boolean {
  if (isPackageManager(script) || linked.test(script)) return true
  const manifest = installed.test(script) ? manifestAbove(script) : undefined
  return manifest !== undefined && (manifest.bin !== undefined || workersOfTools.includes(manifest.name))
}

/** Whether a script is the command `plimsoll`, of this copy of the package or of another one, which may be linked here. */
export function isOwnCommand(script: string): boolean {
  return /[\\/]cli[\\/]main\.c?js$/.test(script) && manifestAbove(script)?.name === 'plimsoll'
}

/**
 * In its cluster mode PM2 hands the environment of the app on as one variable, which its script takes apart. What is
 * loaded before that script does the same, or it would miss PLIMSOLL_DIR.
 */
export function takePm2Environment(): void {
  const given = process.env.pm2_env
  if (given !== undefined && pm2Container.test(process.argv[1] ?? '')) Object.assign(process.env, JSON.parse(given))
}

/** The real path of the script that this thread was started for, also where PM2 started its own in place of it. */
export function launchedScript(): string | undefined {
  const [, given] = process.argv
  // The first argument of `node --eval` stands in the same place, and the code of a worker thread may be a data URL.
  if (given === undefined || !isAbsolute(given) || process.execArgv.some((arg) => inlineCode.test(arg)))
    return undefined
  const script = realPath(given)
  const { pm_exec_path: ofPm2 } = process.env
  return ofPm2 && pm2Container.test(script) ? realPath(ofPm2) : script
}

/** Where PM2 is to start the app, which it may not have gone to yet. */
function workingDirectory(ofPm2: boolean): string {
  try {
    return (ofPm2 && process.env.pm_cwd) || process.cwd()
  } catch {
    // It was removed.
    return ''
  }
}

function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    // `node server` for server.js.
    return path
  }
}

/** The package.json in a directory, or next to a file, or above them, that has a name. */
function manifestAbove(path: string): Manifest | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
    if (typeof manifest.name === 'string' && manifest.name !== '') return manifest
  } catch {
    // None here, or none that can be read.
  }
  const parent = dirname(path)
  return parent === path ? undefined : manifestAbove(parent)
}
