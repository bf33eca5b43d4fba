import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type Template, template } from 'plimsoll/objects'
import { define, withDefaults } from '#src/metrics/registry/definition.ts'
import { rowOf } from '#src/snapshot/kinds/rows.ts'
import { compile, printedBy } from './support/compile.ts'

const document = readFileSync(join('docs', 'metrics.md'), 'utf8')

describe('docs/metrics.md', () => {
  test('says how many cells each kind has, and leaves none out.', () => {
    const rows = [...document.matchAll(/^\| .* \| .* \| `(.*)` \| +(\d+) \|$/gm)]
    const kinds = rows.map(([, code = '', cells]) => {
      const make = new Function('template', `return ${code.replace(/^(\w+)\((?:name(?:, )?)?/, 'template.$1(')}`)
      const { kind, options, constants = {} }: Template<unknown> = make(template)
      const labels = kind === 'info' ? { labels: Object.keys(constants) } : {}
      const layout = withDefaults(define(kind, 'any', { ...options, ...labels }))
      assert.equal(rowOf(kind).cells(layout), Number(cells), code)
      return kind
    })
    const all = ['counter', 'gauge', 'meter', 'histogram', 'timer', 'average', 'state', 'text', 'info']
    assert.deepEqual([...new Set(kinds)], all)
  })

  describe('has examples that compile as strictly as can be, and print what they say:', () => {
    // Below the package, so that they find plimsoll by name.
    const folder = join('build', 'docs-metrics')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    after(() => rmSync(folder, { recursive: true }))
    const examples = [...document.matchAll(/^### (.*)$|^## (.*)$|^```ts\n([\s\S]*?)^```$/gm)].flatMap(
      ([, , , code], i, all) => {
        if (code === undefined) return []
        const heading = all.slice(0, i).findLast(([, below, above]) => (below ?? above) !== undefined)
        return [{ heading: heading?.[1] ?? heading?.[2] ?? '', code, file: join(folder, `example-${i}.ts`) }]
      },
    )
    for (const { file, code } of examples) writeFileSync(file, code)
    const complaints = compile(examples.map(({ file }) => file))

    test('they compile.', () => {
      assert.deepEqual(complaints, [])
      assert(examples.length >= 6)
    })
    for (const { heading, code, file } of examples) {
      test(`${heading}.`, async () => {
        const printed: string[] = []
        const { log } = console
        console.log = (...what: unknown[]) => printed.push(what.join(' '))
        try {
          await import(pathToFileURL(file.replace(/\.ts$/, '.js')).href)
        } finally {
          console.log = log
        }
        assert.deepEqual(printed, printedBy(code))
      })
    }
  })
})
