import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

/** A command that takes the place of this process, as far as Node lets it. */
export interface Launch {
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const
/** A terminal sends these to all processes in its foreground. */
const ofTerminal: readonly string[] = ['SIGINT', 'SIGQUIT']

/**
 * What NODE_OPTIONS needs to load plimsoll/register in any directory: `--require` of the CommonJS build, which reaches worker
 * threads that have no file as well. What was built for development has none.
 */
export function registerOption(): string {
  const path = fileURLToPath(new URL('../register.cjs', import.meta.url))
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
  if (existsSync(path)) return `--require ${quoted(path)}`
  return `--import ${quoted(new URL('../register.js', import.meta.url).href)}`
}

/** Starts a command with this process's files, passes signals on, and ends as it ends. */
export function launch({ file, args, env }: Launch, report: (message: string) => void): void {
  const child = spawn(file, args, { stdio: 'inherit', env })
  const forward = (signal: NodeJS.Signals): void => {
    if (!(ofTerminal.includes(signal) && process.stdin.isTTY)) child.kill(signal)
  }
  for (const signal of forwarded) process.on(signal, forward)
  child.once('error', ({ message, code }: NodeJS.ErrnoException) => {
    report(whyNotRun(file, code) ?? `cannot run "${file}": ${message}.`)
    process.exitCode = code === 'ENOENT' ? 127 : 126
  })
  child.once('exit', (code, signal) => {
    for (const each of forwarded) process.off(each, forward)
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
    // So that a shell sees how it ended.
    if (signal !== null) process.kill(process.pid, signal)
  })
}

const isScript = /\.[cm]?js$/

function whyNotRun(file: string, code: string | undefined): string | undefined {
  if (code === 'ENOENT' && isScript.test(file))
    return `command not found: "${file}". Name the program that runs it: "plimsoll run -- node ${file}".`
  if (code === 'ENOENT')
    return `command not found: "${file}". It must be a path, or a program in one of the directories of PATH.`
  if (code === 'EACCES')
    return `cannot run "${file}": permission denied. Make it executable, or name the program that runs it.`
  return undefined
}
