import { version } from '../../version.ts'
import type { NamedCommand } from '../command.ts'
import { labelOf } from './help.ts'

/** The manual page of all commands, as roff: what `man plimsoll` shows. */
export function manualPage(commands: readonly NamedCommand[]): string {
  const list = commands.flatMap(({ name, summary }) => ['.TP', `.B ${escaped(name)}`, escaped(summary)])
  const sections = commands.flatMap((command) => sectionOf(command))
  return [
    `.TH PLIMSOLL 1 "" "plimsoll ${version}" "User Commands"`,
    '.SH NAME',
    'plimsoll \\- reads the metrics of Node.js processes from outside',
    '.SH SYNOPSIS',
    '.B plimsoll',
    '.I command',
    '[options]',
    '.SH COMMANDS',
    ...list,
    ...sections,
    '.SH EXIT STATUS',
    '0 success, 1 something could not be read or done, 2 wrong usage.',
    '',
  ].join('\n')
}

function sectionOf({ name, summary, usage, examples, about, options, notes }: NamedCommand): string[] {
  const described = Object.entries(options).flatMap(([long, option]) => [
    '.TP',
    `.B ${escaped(labelOf(long, option))}`,
    escaped(option.help),
  ])
  return [
    `.SH "PLIMSOLL ${escaped(name.toUpperCase())}"`,
    escaped(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`),
    '.PP',
    ...preformatted(usage.map((form) => `plimsoll ${name} ${form}`)),
    ...paragraphs(about),
    ...described,
    ...paragraphs(notes),
    '.PP',
    'Examples:',
    ...preformatted(examples),
  ]
}

/** Lines that begin with spaces are tables and stay as they are; others flow. */
function paragraphs(text = ''): string[] {
  const blocks = text.trim() === '' ? [] : text.trim().split('\n\n')
  return blocks.flatMap((block) => {
    const lines = block.split('\n')
    const isTable = lines.some((line) => line.startsWith(' '))
    return ['.PP', ...(isTable ? preformatted(lines, '') : lines.map(escaped))]
  })
}

function preformatted(lines: readonly string[], indent = '  '): string[] {
  return ['.nf', ...lines.map((line) => escaped(indent + line)), '.fi']
}

/** roff reads a backslash, and a dot or an apostrophe at the start of a line. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/, '\\&$&')
}
