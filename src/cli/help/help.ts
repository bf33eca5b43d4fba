import { version } from '../../version.ts'
import type { Command } from '../command.ts'
import { commands } from '../commands.ts'
import type { Option } from '../option.ts'
import { filled } from '../view/filled.ts'

const width = 80
/** Options that are wider have a line of their own. */
const maxLabel = 20

/** What somebody types first, who knows nothing but that something is wrong. */
const firstSteps: readonly (readonly [string, string])[] = [
  ['plimsoll ls', 'which processes are there, and how busy is each?'],
  ['plimsoll doctor', 'what is wrong, and what to do about it?'],
  ['plimsoll top', 'what are they doing, second by second?'],
  ['plimsoll show 4711', 'the metrics of a process, even of a dead one'],
  ['plimsoll stack 4711', 'which calls is a blocked process in?'],
  ['plimsoll serve', 'all of it in a browser'],
  ['plimsoll run -- node app.js', 'start an app so that it publishes its metrics'],
]

/** `plimsoll` alone, which fits the smallest terminal. */
export function introduction(): string {
  const longest = Math.max(...firstSteps.map(([line]) => line.length))
  return `plimsoll ${version}: reads the metrics of Node.js processes from outside

Usage: plimsoll <command> [options]

Examples:
${firstSteps.flatMap(([line, text]) => entry(line, text, longest)).join('\n')}
`
}

/** `plimsoll --help`. */
export function overview(): string {
  const names = Object.keys(commands)
  const longest = Math.max(...names.map((name) => name.length))
  const list = names.flatMap((name) => entry(name, commands[name]?.summary ?? '', longest))
  return `${introduction()}
Commands:
${list.join('\n')}

Options of all commands:
  -h, --help     describe the command
  -V, --version  print the version
  --no-color     no colours; the same as a NO_COLOR that is not empty

Exit codes: 0 success, 1 something could not be read or done, 2 wrong usage
`
}

/** `plimsoll <name> --help`. */
export function helpOf(name: string, summary: string, command: Command): string {
  const { usage, examples, about, options, notes } = command
  const forms = usage.flatMap((form, i) => hanging(`${i === 0 ? 'Usage:' : '      '} plimsoll ${name} `, form))
  const lines = [`plimsoll ${name}: ${summary}`, '', ...forms, '', 'Examples:']
  lines.push(...examples.map((example) => `  ${example}`))
  if (about !== undefined) lines.push('', about.trim())
  const labels = Object.entries(options).map(([long, option]) => labelOf(long, option))
  if (labels.length > 0) {
    const longest = Math.max(...labels.map((label) => label.length).filter((length) => length <= maxLabel))
    lines.push('', 'Options:')
    lines.push(...Object.values(options).flatMap(({ help }, i) => entry(labels[i] as string, help, longest)))
  }
  if (notes !== undefined) lines.push('', notes.trim())
  return `${lines.join('\n')}\n`
}

/** An option as a user types it: `-d, --interval <seconds>`. */
export function labelOf(long: string, { short, value }: Option): string {
  const forms = short === undefined ? `--${long}` : `-${short}, --${long}`
  return value === undefined ? forms : `${forms} ${value}`
}

/** A label and its text beside it, or below where it is longer than the others. */
function entry(label: string, text: string, longest: number): string[] {
  const indent = ' '.repeat(longest + 4)
  const lines = filled(text.split(' '), width - indent.length)
  const isBeside = label.length <= longest
  const head = isBeside ? `  ${label.padEnd(longest)}  ${lines.shift() ?? ''}` : `  ${label}`
  return [head, ...lines.map((line) => `${indent}${line}`)]
}

/** The parts of a form, `[<app>]...` and `--port <n>`, after its head, and below it where the line is full. */
function hanging(head: string, form: string): string[] {
  const parts: readonly string[] = form.match(/\[(?:[^[\]]|\[[^\]]*\])*\](?:\.\.\.)?|\S+/g) ?? []
  const lines = filled(parts, width - head.length)
  return lines.map((line, i) => (i === 0 ? head : ' '.repeat(head.length)) + line)
}
