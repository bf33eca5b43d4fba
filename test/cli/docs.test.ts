import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Result } from '#src/cli/result.ts'
import { run } from '#src/cli/run.ts'
import { terminal } from './processes.ts'

const docs = readFileSync('docs/cli.md', 'utf8')
const sections = new Map(docs.split(/^## /m).map((text) => [text.slice(0, text.indexOf('\n')), text]))

function helpOf(...words: readonly string[]): string {
  return (run(['help', ...words], terminal) as Result).text
}

/** The commands, as `plimsoll --help` lists them. */
const commands = [...helpOf().matchAll(/^ {2}(\w+) {2,}(.*)$/gm)].map(([, name = '', about = '']) => ({ name, about }))

/** Options as they stand in a text, those of other programs left out. */
function optionsIn(text: string): string[] {
  const all = text.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? []
  return [...new Set(all)].filter((option) => !['--help', '--version', '--import'].includes(option)).sort()
}

test('docs/cli.md begins with the commands as the help lists them', () => {
  const listed = [...docs.matchAll(/^plimsoll (\w+) {2,}(.*)$/gm)].map(([, name = '', about = '']) => ({ name, about }))
  assert.deepEqual(listed, commands)
  assert.ok(commands.length >= 6)
})

test('every help fits a terminal of 80 columns', () => {
  const helps = [helpOf(), ...commands.map(({ name }) => helpOf(name))]
  assert.deepEqual(
    helps.flatMap((text) => text.split('\n')).filter((line) => line.length > 80),
    [],
  )
})

for (const { name } of commands) {
  test(`docs/cli.md has a section about ${name} with all options of its help, and no other`, () => {
    const help = helpOf(name)
    const section = sections.get(`plimsoll ${name}`) ?? ''
    // Where pages are is said once for all commands.
    const common = optionsIn(sections.get('Common to all') ?? '')
    const wanted = optionsIn(help.slice(help.indexOf('Usage:')))
    assert.deepEqual(
      wanted.filter((option) => !optionsIn(section).includes(option) && !common.includes(option)),
      [],
    )
    const known = [...wanted, ...common]
    const text = section.replace(/plimsoll (?!\w+`)(\w+)[^\n|]*/g, (line, other) => (other === name ? line : ''))
    assert.deepEqual(
      optionsIn(text).filter((option) => !known.includes(option)),
      [],
    )
  })
}
