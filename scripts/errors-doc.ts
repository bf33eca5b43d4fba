/** `npm run docs:errors`: writes the table of docs/errors.md from src/errors.ts. test/errors.test.ts holds them together. */
import { readFileSync, writeFileSync } from 'node:fs'
import { errorTable } from '#src/errors.ts'

const file = 'docs/errors.md'
const begin = '<!-- errors: begin, written by npm run docs:errors -->'
const end = '<!-- errors: end -->'

/** The document with its table as src/errors.ts has it; all other text stays. */
export function withErrorTable(document: string): string {
  const head = document.split(begin)[0]
  const tail = document.split(end)[1]
  if (head === document || tail === undefined) throw new Error(`${file} lacks the markers "${begin}" and "${end}"`)
  const rows = Object.entries(errorTable).map(
    ([code, { what, remedy }]) => `| \`${code}\` | ${cell(what)} | ${cell(remedy)} |`,
  )
  const table = ['| Code | What happened | What to do |', '|---|---|---|', ...rows].join('\n')
  return `${head}${begin}\n${table}\n${end}${tail}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

if (process.argv[1] === import.meta.filename) writeFileSync(file, withErrorTable(readFileSync(file, 'utf8')))
