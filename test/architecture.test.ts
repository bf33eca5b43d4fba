import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { cruise, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser'

const { default: ruleSet } = (await import(pathToFileURL('.dependency-cruiser.mjs').href)) as {
  default: Required<Pick<IFlattenedRuleSet, 'forbidden'>> & { options: object }
}

/** One breach per rule: the rule, the file that breaks it, its text, and what the forbidden import leads to. */
const breaches: readonly (readonly [rule: string, file: string, text: string, to: string])[] = [
  ['floor-0', 'src/units.ts', "import './snapshot/leaf.ts'", 'src/snapshot/leaf.ts'],
  ['floor-1-os', 'src/os/sighted.ts', "import '../snapshot/leaf.ts'", 'src/snapshot/leaf.ts'],
  ['floor-1-snapshot', 'src/snapshot/clocked.ts', "import type { clock } from '../clock.ts'", 'src/clock.ts'],
  ['floor-2', 'src/formats/paged.ts', "import '../page/leaf.ts'", 'src/page/leaf.ts'],
  ['floor-2-metrics', 'src/metrics/mapped.ts', "import '../os/leaf.ts'", 'src/os/leaf.ts'],
  ['floor-3', 'src/sinks/fleet.ts', "import type { leaf } from '../fleet/leaf.ts'", 'src/fleet/leaf.ts'],
  ['floor-3-zeromq', 'src/zeromq/compared.ts', "import '../compare/leaf.ts'", 'src/compare/leaf.ts'],
  ['floor-4', 'src/http/cli.ts', "import '../cli/leaf.ts'", 'src/cli/leaf.ts'],
  ['floor-5', 'src/dashboard/cli.ts', "import '../cli/leaf.ts'", 'src/cli/leaf.ts'],
  ['floor-5-compat', 'src/compat/prom-client/http.ts', "import '../../http/leaf.ts'", 'src/http/leaf.ts'],
  ['floor-5-cli', 'src/cli/published.ts', "import '../publish.ts'", 'src/publish.ts'],
  ['browser', 'src/dashboard/browser/served.ts', "import '../../snapshot/leaf.ts'", 'src/snapshot/leaf.ts'],
  ['floor-4-publish', 'src/register.ts', "import './cli/leaf.ts'", 'src/cli/leaf.ts'],
  ['known-place', 'src/index.ts', "export { leaf } from './core/leaf.ts'", 'src/core/leaf.ts'],
  ['pure', 'src/formats/impure.ts', "import 'node:fs'", 'fs'],
  ['files-at-the-edge', 'src/metrics/filed.ts', "import { open } from 'node:fs/promises'", 'fs/promises'],
  ['koffi-in-one-place', 'src/page/native.ts', "import 'koffi'", 'node_modules/koffi/index.js'],
  ['entries-are-for-users', 'src/page/barrel.ts', "import './index.ts'", 'src/page/index.ts'],
  ['source-stays-inside', 'src/page/tested.ts', "import '../../test/leaf.ts'", 'test/leaf.ts'],
  ['no-dev-dependency', 'src/page/dev.ts', "import 'dev-tool'", 'node_modules/dev-tool/index.js'],
  ['declared', 'src/page/undeclared.ts', "import 'stowaway'", 'node_modules/stowaway/index.js'],
  ['peers-when-used', 'src/sinks/eager.ts', "import 'peer'", 'node_modules/peer/index.js'],
  ['resolvable', 'src/page/dangling.ts', "import './nowhere.ts'", './nowhere.ts'],
  ['no-cycle', 'src/page/egg.ts', "import type { hen } from './hen.ts'", 'src/page/hen.ts'],
]

/** What is allowed; none of it may be refused. A cycle is reported once, so its second file stands here. */
const allowed: Readonly<Record<string, string>> = {
  'src/clock.ts': 'export const clock = 1',
  'src/core/leaf.ts': 'export const leaf = 1',
  'src/page/index.ts': "export { leaf } from './leaf.ts'",
  'src/os/map.ts': "import 'koffi'; import 'node:fs'; import '../clock.ts'",
  'src/mmstats/mapped.ts': "import '../os/map.ts'; import '../clock.ts'; import 'node:fs'",
  'src/page/hen.ts': "import type { egg } from './egg.ts'",
  'src/sinks/lazy.ts': "import type { x } from 'peer'; export const load = () => import('peer')",
  'src/compat/other/leaf.ts': "export const leaf = 1; import 'peer'",
  'src/cli/served.ts': "import '../http/leaf.ts'; import '../dashboard/served.ts'",
  'src/dashboard/served.ts': "import '../http/leaf.ts'",
  'src/publish.ts': "import './metrics/leaf.ts'; import './os/map.ts'; import 'node:fs'",
  'test/leaf.ts': 'export const leaf = 1',
  'package.json': JSON.stringify({
    name: 'breaches',
    type: 'module',
    dependencies: { koffi: '1' },
    devDependencies: { 'dev-tool': '1' },
    peerDependencies: { peer: '1' },
  }),
  ...Object.fromEntries(
    ['os', 'snapshot', 'metrics', 'page', 'fleet', 'compare', 'http', 'cli'].map((floor) => [
      `src/${floor}/leaf.ts`,
      'export const leaf = 1',
    ]),
  ),
  ...Object.fromEntries(
    ['koffi', 'dev-tool', 'stowaway', 'peer'].flatMap((name) => [
      [`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' })],
      [`node_modules/${name}/index.js`, ''],
    ]),
  ),
}

/** Cruises `src` below a folder with the project's own rules. */
async function cruiseSource(baseDir: string): Promise<ICruiseResult> {
  const options = { ...ruleSet.options, baseDir, validate: true, ruleSet: { forbidden: ruleSet.forbidden } }
  const { output } = await cruise(['src'], options)
  return output as ICruiseResult
}

test('The floor rules were checked on every source file, and none is broken.', async () => {
  const { modules, summary } = await cruiseSource(process.cwd())
  const cruised = modules.map((module) => module.source).filter((source) => source.startsWith('src/'))
  const present = readdirSync('src', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative('.', join(entry.parentPath, entry.name)))
  assert.deepEqual(
    { cruised: cruised.sort(), violations: summary.violations },
    { cruised: present.sort(), violations: [] },
  )
})

describe('A breach of a floor rule', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-breaches-'))
  let found: { rule: string; from: string; to: string }[] = []

  before(async () => {
    const texts = [...Object.entries(allowed), ...breaches.map(([, file, text]) => [file, text] as const)]
    for (const [file, text] of texts) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), `${text}\n`)
    }
    const { summary } = await cruiseSource(folder)
    found = summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }))
  })
  after(() => rmSync(folder, { recursive: true }))

  for (const [rule, from, , to] of breaches) {
    test(`of ${rule} in ${from} is refused by that rule alone.`, () => {
      assert.deepEqual(
        found.filter((violation) => violation.from === from),
        [{ rule, from, to }],
      )
    })
  }

  test('is the only thing refused, and no rule goes without one.', () => {
    assert.deepEqual(found.map(({ rule }) => rule).sort(), ruleSet.forbidden.map(({ name }) => name).sort())
  })
})
