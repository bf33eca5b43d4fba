import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { type Launch, registerOption } from '../launch.ts'
import { dirOption, type Options } from '../option.ts'
import { type Result, result } from '../result.ts'

const runOptions: Options = {
  app: {
    value: '<name>',
    help: 'name under which its processes publish; default: the name in the package.json of each',
  },
  dir: { ...dirOption, help: dirOption.help.replace(', may be repeated', '') },
}

/** `plimsoll run`. */
export const runCommand: Command = {
  usage: ['[--app <name>] [--dir <path>] [--] <command> [<argument>...]'],
  examples: [
    'plimsoll run -- node server.js',
    'plimsoll run -- npm start',
    'plimsoll run --app shop -- node server.js',
  ],
  about: `
Sets NODE_OPTIONS so that the command, and the processes that it starts, load
plimsoll/register: CPU, memory, event loop, garbage collection, HTTP and errors
are published without a change to the code, next to what the app counts itself.
Package managers, and tools that they start, are left out. "plimsoll show"
prints the metrics.

Standard input and output are those of the command. Signals are passed on to it,
and its exit code is returned: 126 if it cannot be started, 127 if it is not
found. It begins with the first argument that is not an option; "--" separates
its own options.`,
  options: runOptions,
  run: toStart,
}

/** What to start: `main.ts` does so, as the command takes its place. */
function toStart({ command, values, words }: Arguments): Result | Launch {
  const [file, ...args] = words
  if (file === undefined) return { ...result(''), messages: [`missing command. Run "${command} --help".`], exitCode: 2 }
  const app = values.get('app')?.at(-1)
  const dir = values.get('dir')?.at(-1)
  const env = {
    ...process.env,
    NODE_OPTIONS: [process.env.NODE_OPTIONS, registerOption()].filter(Boolean).join(' '),
    PLIMSOLL_RUN: String(process.pid),
    ...(app !== undefined && { PLIMSOLL_APP: app }),
    ...(dir !== undefined && { PLIMSOLL_DIR: dir }),
  }
  return { file, args, env }
}
