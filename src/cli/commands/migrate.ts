import { readFileSync, writeFileSync } from 'node:fs'
import { optionInvalid, type PlimsollError, reasonOf } from '../../errors.ts'
import { printable } from '../../formats/table/printable.ts'
import { type Arguments, invalidArgument } from '../arguments.ts'
import type { Command } from '../command.ts'
import { diffTexts } from '../migrate/diff.ts'
import { loadTypeScript } from '../migrate/load-typescript.ts'
import { migrate } from '../migrate/rewrite.ts'
import type { Options } from '../option.ts'
import { type Result, result } from '../result.ts'

const migrateOptions: Options = {
  write: { help: 'changes the files; default: prints what would change' },
}

/** `plimsoll migrate`. */
export const migrateCommand: Command = {
  usage: ['<file>... [--write]'],
  examples: ['plimsoll migrate src/metrics.ts', 'plimsoll migrate --write src/*.ts'],
  about: `
Rewrites declarations and calls of prom-client as those of plimsoll. Name all
files that use the same metrics: what one of them declares, others may use. What
cannot be translated stays as it is, imported from plimsoll/prom-client, and is
listed with its line. The package typescript, version 5 or 6, must be installed
in the project.`,
  options: migrateOptions,
  complete: 'file',
  run,
}

/** Prints or writes the translation of files. Throws a PlimsollError for wrong usage. */
function run({ command, words, flags }: Arguments): Result {
  if (words.length === 0) throw invalidArgument(command, 'file', '', 'the path of a file')
  const ts = loadTypeScript(process.cwd())
  const errors: PlimsollError[] = []
  const files = new Map<string, string>()
  for (const file of words) {
    try {
      files.set(file, readFileSync(file, 'utf8'))
    } catch (error) {
      errors.push(optionInvalid('file', command, file, `a file that can be read (${reasonOf(error)})`))
    }
  }
  const migrated = migrate(ts, files)
  let text = ''
  for (const { file, before, after } of migrated) {
    if (before === after) continue
    text += flags.has('write') ? `${printable(file)}: changed\n` : diffTexts(printable(file), before, after)
    if (flags.has('write')) writeFileSync(file, after)
  }
  const notes = migrated.flatMap(({ file, notes }) => notes.map((note) => `${file}:${note.line}: ${note.text}`))
  return result(text, [...errors, ...notes])
}
