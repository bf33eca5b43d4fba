import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { PlimsollError, reasonOf } from '../../errors.ts'
import { printable } from '../../formats/table/printable.ts'
import { type CpuProfile, framesOf, topFunctions } from '../../http/profile/cpu-profile.ts'
import { type Connect, maxProfileSeconds, takeProfile, takeStack } from '../../http/profile/main-thread.ts'
import { type Arguments, invalidArgument, secondsOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import { inspectedProcess } from '../inspect/inspected-process.ts'
import { openInspector } from '../inspect/inspector.ts'
import { dirOption, type Options } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'

const usualSeconds = 5
const shownFunctions = 20

const stackOptions: Options = { dir: dirOption }
const profileOptions: Options = {
  seconds: { value: '<n>', help: `length of the profile, up to ${maxProfileSeconds}; default: ${usualSeconds}` },
  output: {
    short: 'o',
    value: '<file>',
    complete: 'file',
    help: 'also write the profile, for Chrome DevTools or speedscope',
  },
  dir: dirOption,
}

const howItWorks = `The process must be started with plimsoll/register and run as the same user on
this machine (Linux). SIGUSR1 has Node open its inspector on 127.0.0.1, and the
command closes it again; until then other users of this machine can connect to
it. The signal is not sent to an app that listens to SIGUSR1 itself.
`

/** `plimsoll stack`. */
export const stackCommand: Command = {
  usage: ['<pid>|<app> [--dir <path>]...'],
  examples: ['plimsoll stack 4711', 'plimsoll stack shop'],
  about: `
An app may be given in place of a process id where one process of it runs, or
one of several is blocked. Else the ids of its processes are listed.

${howItWorks.trim()}`,
  options: stackOptions,
  complete: 'app',
  run: stack,
}

/** `plimsoll profile`. */
export const profileCommand: Command = {
  usage: ['<pid>|<app> [--seconds <n>] [--output <file>] [--dir <path>]...'],
  examples: ['plimsoll profile 4711', 'plimsoll profile 4711 --seconds 30 --output shop.cpuprofile'],
  about: `
Samples the main thread each millisecond, and prints the ${shownFunctions} functions with the
most time of their own. An app may be given in place of a process id where one
process of it runs, or one of several is blocked.

${howItWorks.trim()}`,
  options: profileOptions,
  complete: 'app',
  run: profile,
}

/** Runs `plimsoll stack`. */
function stack(args: Arguments, context: Context): AsyncIterable<Result> {
  return inspected(args, context, async (connect) => {
    const frames = await takeStack(connect)
    const lines = frames.map(({ name, place }) => printable(place === '' ? name : `${name}  ${place}`))
    return lines.length === 0 ? 'The event loop is idle: it waits for events.\n' : `${lines.join('\n')}\n`
  })
}

/** Runs `plimsoll profile`. */
function profile(args: Arguments, context: Context): AsyncIterable<Result> {
  const seconds = secondsOption(args, 'seconds', 0.1, maxProfileSeconds) ?? usualSeconds
  const file = args.values.get('output')?.at(-1)
  const look = async (connect: Connect): Promise<string> => {
    const taken = await takeProfile(seconds, connect)
    if (file !== undefined) writeFileSync(file, JSON.stringify(taken))
    return profileText(taken)
  }
  return inspected(args, context, look, `profiling for ${seconds} s; Ctrl-C ends it.`)
}

function profileText(taken: CpuProfile): string {
  const frames = framesOf(taken)
  const all = frames.reduce((sum, { total }) => sum + total, 0)
  const idle = frames.find(({ name }) => name === '(idle)')?.total ?? 0
  const share = (time: number): string => `${((time / Math.max(1, all)) * 100).toFixed(1)} %`.padStart(8)
  const rows = topFunctions(frames, shownFunctions).map(({ name, place, self, total }) =>
    printable(`${share(self)} ${share(total)}  ${name}  ${place}`.trimEnd()),
  )
  const head = `busy for ${share(all - idle).trim()} of ${(all / 1e6).toFixed(1)} s`
  return `${[head, '', '    SELF    TOTAL  FUNCTION', ...rows].join('\n')}\n`
}

/**
 * Prints what `look` finds in the process that the only argument names. The inspector is closed again, also when the user
 * interrupts.
 */
function inspected(
  args: Arguments,
  context: Context,
  look: (connect: Connect) => Promise<string>,
  progress?: string,
): AsyncIterable<Result> {
  const [target, second] = args.words
  if (target === undefined || second !== undefined)
    throw invalidArgument(args.command, 'pid', args.words.join(' '), 'one process id or app; "plimsoll ls" lists them')
  return inspect(args, target, context, look, progress)
}

async function* inspect(
  args: Arguments,
  target: string,
  context: Context,
  look: (connect: Connect) => Promise<string>,
  progress: string | undefined,
): AsyncGenerator<Result> {
  try {
    const { snapshot, reason } = inspectedProcess(args, target, context)
    if (reason !== undefined) yield result('', [reason])
    const inspector = await openInspector(snapshot)
    // Who reads along is to know that it goes on.
    if (progress !== undefined && context.columns !== undefined) yield result('', [progress])
    let text: string | undefined
    const ended = new AbortController()
    try {
      const { signal } = context
      const nothing = (): undefined => undefined
      const stopped = signal.aborted
        ? undefined
        : once(signal, 'abort', { signal: ended.signal }).then(nothing, nothing)
      text = await Promise.race([look(async () => inspector), stopped])
    } finally {
      ended.abort()
      await inspector.close()
    }
    yield result(text ?? '')
  } catch (error) {
    yield result('', [error instanceof PlimsollError ? error : reasonOf(error)])
  }
}
