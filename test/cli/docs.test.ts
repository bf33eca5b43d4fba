import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { loadAll, commands as table } from '#src/cli/commands.ts'
import { labelOf } from '#src/cli/help/help.ts'
import { manualPage } from '#src/cli/help/manual.ts'
import type { Result } from '#src/cli/result.ts'
import { run } from '#src/cli/run.ts'
import { terminal } from './processes.ts'

const docs = readFileSync('docs/cli.md', 'utf8')
const sections = new Map(docs.split(/^## /m).map((text) => [text.slice(0, text.indexOf('\n')), text]))

async function helpOf(...words: readonly string[]): Promise<string> {
  return ((await run(['help', ...words], terminal)) as Result).text
}

/** The commands, as `plimsoll --help` lists them. */
const commands = [...(await helpOf()).matchAll(/^ {2}(\w+) {2,}(.*)$/gm)].map(([, name = '', about = '']) => ({
  name,
  about,
}))

/** Options as they stand in a text, those of other programs left out. */
function optionsIn(text: string): string[] {
  const all = text.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? []
  return [...new Set(all)]
    .filter((option) => !['--help', '--version', '--no-color', '--import'].includes(option))
    .sort()
}

test('docs/cli.md begins with the commands as the help lists them', () => {
  const listed = [...docs.matchAll(/^plimsoll (\w+) {2,}(.*)$/gm)].map(([, name = '', about = '']) => ({ name, about }))
  assert.deepEqual(listed, commands)
  assert.ok(commands.length >= 6)
})

test('every help fits a terminal of 80 columns', async () => {
  const helps = [await helpOf(), ...(await Promise.all(commands.map(({ name }) => helpOf(name))))]
  assert.deepEqual(
    helps.flatMap((text) => text.split('\n')).filter((line) => line.length > 80),
    [],
  )
})

test('the manual page has all commands with all options, and no text that roff takes for a request', async () => {
  const page = manualPage(await loadAll())
  const text = page.replaceAll('\\-', '-').replaceAll('\\&', '').replaceAll('\\e', '\\')
  for (const [name, { load }] of Object.entries(table)) {
    const section = text.split(`.SH "PLIMSOLL ${name.toUpperCase()}"`)[1]?.split('\n.SH')[0] ?? ''
    const labels = Object.entries((await load()).options).map(([long, option]) => `.B ${labelOf(long, option)}\n`)
    assert.deepEqual([name, labels.filter((label) => !section.includes(label))], [name, []])
  }
  const requests = new Set(page.match(/^[.'].\S*/gm))
  assert.deepEqual([...requests].sort(), ['.B', '.I', '.PP', '.SH', '.TH', '.TP', '.fi', '.nf'])
})

test('the options that every command has are those of the help', async () => {
  const command = (...words: string[]) => run(words, { ...terminal, color: true })
  for (const words of [['-V'], ['--version'], ['ls', '-V']])
    assert.match(((await command(...words)) as Result).text, /^\d+\.\d+\.\d+\n$/)
  assert.equal(((await command('ls', '-h')) as Result).text, await helpOf('ls'))
})

for (const { name } of commands) {
  test(`docs/cli.md has a section about ${name} with all options of its help, and no other`, async () => {
    const help = await helpOf(name)
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
