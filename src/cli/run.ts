import { PlimsollError } from '../errors.ts'
import { version } from '../version.ts'
import { parseArguments, unknownArgument } from './arguments.ts'
import type { CommandResult } from './command.ts'
import { commandOf, commands, type Listed } from './commands.ts'
import { helpOf, introduction, overview } from './help/help.ts'
import { type Context, type Result, result } from './result.ts'

/** Runs a command line, without its first two arguments. Wrong usage becomes a message, not an exception. */
export async function run(args: readonly string[], context: Context): Promise<CommandResult> {
  try {
    const [name, ...rest] = args
    if (name === undefined)
      return { text: introduction(), messages: ['missing command. "plimsoll help" lists them all.'], exitCode: 2 }
    if (name === 'help') return await describe(rest)
    const listed = commandOf(name)
    if (listed === undefined) return outsideCommands(args)
    const command = await listed.load()
    const given = parseArguments(`plimsoll ${name}`, command.options, rest, command.complete === 'app')
    if (given.flags.has('help')) return result(helpOf(name, listed.summary, command))
    if (given.flags.has('version')) return result(`${version}\n`)
    // Awaited here, so that what it throws later is caught, too.
    return await command.run(given, given.flags.has('no-color') ? { ...context, color: false } : context)
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    return { text: '', messages: [error], exitCode: 2 }
  }
}

async function describe([name]: readonly string[]): Promise<Result> {
  if (name === undefined) return result(overview())
  const listed: Listed | undefined = commandOf(name)
  if (listed === undefined) throw unknownArgument('plimsoll', name, Object.keys(commands))
  return result(helpOf(name, listed.summary, await listed.load()))
}

function outsideCommands(args: readonly string[]): Result {
  const { flags, words } = parseArguments('plimsoll', {}, args)
  if (words[0] !== undefined) throw unknownArgument('plimsoll', words[0], [...Object.keys(commands), 'help'])
  return result(flags.has('version') ? `${version}\n` : overview())
}
