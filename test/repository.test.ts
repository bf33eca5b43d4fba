import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'

interface Manifest {
  readonly version: string
  readonly engines: { readonly node: string }
  readonly exports: Readonly<Record<string, string>>
  readonly files: readonly string[]
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
/** npm adds these by itself. */
const published = ['package.json', 'README.md', 'LICENSE', ...manifest.files]
const documents = readdirSync('.', { encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .concat(readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)))
  .concat('src/metrics/lifetime/README.md')
  .filter((name) => name.endsWith('.md'))

function isPublished(path: string): boolean {
  return published.some((entry) => path === entry || path.startsWith(`${entry}/`))
}

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(path: string): readonly string[] {
  const headings = [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, text]) => text as string)
  return headings.map((text) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test('Every link in a document leads to a file and a heading, and from a published document to a published one.', () => {
  let links = 0
  const broken: string[] = []
  for (const document of documents) {
    const text = readFileSync(document, 'utf8').replace(/^```[\s\S]*?^```/gm, '')
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      links++
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? document : normalize(join(dirname(document), path))
      const isThere = existsSync(file) && (anchor === undefined || anchorsOf(file).includes(anchor))
      if (!isThere || (isPublished(document) && !isPublished(file))) broken.push(`${document}: ${target}`)
    }
  }
  assert.ok(links > 30, `${links} links`)
  assert.deepEqual(broken, [])
})

test('The workflow runs .ci/run on the oldest version of Node that is supported, and on each later line.', () => {
  const workflow = readFileSync('.github/workflows/ci.yml', 'utf8')
  const versions = /node: \[(.+)\]/.exec(workflow)?.[1]?.replaceAll('"', '').split(', ')
  assert.deepEqual(versions, [manifest.engines.node.replace('>=', ''), '22', '24', '26'])
  assert.match(workflow, /- run: \.ci\/run$/m)
  assert.notEqual(statSync('.ci/run').mode & 0o100, 0)
})

test('The changelog has the version of the package, with its date, below what is not released.', () => {
  const headings = [...readFileSync('CHANGELOG.md', 'utf8').matchAll(/^## (.+)$/gm)].map(([, text]) => text as string)
  assert.equal(headings[0], '[Unreleased]')
  assert.match(
    headings[1] ?? '',
    new RegExp(`^\\[${manifest.version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d\\d-\\d\\d$`),
  )
})

test('The API reference covers every entry of the package.', () => {
  const { entryPoints } = JSON.parse(readFileSync('typedoc.json', 'utf8')) as {
    readonly entryPoints: readonly string[]
  }
  const entries = Object.values(manifest.exports).filter((file) => file.endsWith('.js'))
  const sources = entries.map((file) => file.replace('./dist/', 'src/').replace(/\.js$/, '.ts'))
  assert.deepEqual([...entryPoints].sort(), sources.sort())
})

test('Every path that CONTRIBUTING.md names is there.', () => {
  const text = readFileSync('CONTRIBUTING.md', 'utf8')
  const paths = [...text.matchAll(/`((?:src|test|scripts|bench|examples|docs)\/[\w./-]*)`/g)].map(
    ([, path]) => path ?? '',
  )
  assert.ok(paths.length > 50, `${paths.length} paths`)
  assert.deepEqual(
    paths.filter((path) => !existsSync(path)),
    [],
  )
})
