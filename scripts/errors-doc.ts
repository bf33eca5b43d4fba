/** `npm run docs:errors`: writes the table of docs/errors.md from src/error-table.ts; test/errors.test.ts checks that they agree. */
import { readFileSync, writeFileSync } from 'node:fs'
import { errorTable } from '#src/error-table.ts'

const file = 'docs/errors.md'
const begin = '<!-- errors: begin, written by npm run docs:errors -->'
const end = '<!-- errors: end -->'

/** Returns the document with its table from src/error-table.ts; all other text stays. */
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
