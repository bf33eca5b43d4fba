import { PlimsollError } from '../../errors.ts'
import { findDirectory } from '../../os/trusted-directory.ts'
import { listNames } from '../../page/directory.ts'
import { type Arguments, invalidArgument } from '../arguments.ts'
import type { Command, NamedCommand } from '../command.ts'
import { scripts } from '../help/completions.ts'
import { type Result, result } from '../result.ts'

const shells = Object.keys(scripts)

/** `plimsoll completion` of these commands. */
export function completionCommand(loadAll: () => Promise<NamedCommand[]>): Command {
  return {
    usage: [shells.join('|')],
    examples: [
      'eval "$(plimsoll completion bash)"    # in ~/.bashrc',
      'eval "$(plimsoll completion zsh)"     # in ~/.zshrc, after compinit',
      'plimsoll completion fish > ~/.config/fish/completions/plimsoll.fish',
    ],
    about: `
Completes commands, options, files and the names of apps that publish now.`,
    options: {
      apps: { help: 'print the names of apps instead, one a line: what the scripts ask for' },
    },
    complete: shells,
    run: (args) => completion(args, loadAll),
  }
}

function completion(args: Arguments, loadAll: () => Promise<NamedCommand[]>): Result | AsyncIterable<Result> {
  if (args.flags.has('apps'))
    return result(
      appNames()
        .map((name) => `${name}\n`)
        .join(''),
    )
  const [shell = '', second] = args.words
  if (second !== undefined || !Object.hasOwn(scripts, shell))
    throw invalidArgument(args.command, 'shell', args.words.join(' '), shells.join(', '))
  return print(scripts[shell as keyof typeof scripts], loadAll)
}

async function* print(
  script: (commands: readonly NamedCommand[]) => string,
  loadAll: () => Promise<NamedCommand[]>,
): AsyncGenerator<Result> {
  yield result(script(await loadAll()))
}

/** Names of apps, by the names of their pages. Anyone may have made a file: names that a shell could take for more are left out. */
function appNames(): string[] {
  const names = new Set<string>()
  try {
    for (const file of listNames(findDirectory())) {
      const [, name] = /^([A-Za-z0-9][A-Za-z0-9@._-]*)-\d+-\d+-[0-9a-f]{8}\.page$/.exec(file) ?? []
      if (name !== undefined) names.add(name)
    }
  } catch (error) {
    // Who completes a word wants no message in the middle of the line.
    if (!(error instanceof PlimsollError)) throw error
  }
  return [...names].sort()
}
