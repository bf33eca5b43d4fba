import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'

/** One breach per lint rule that this project chose: the rule, the file, its text. */
const breaches: readonly (readonly [rule: string, file: string, text: string])[] = [
  [
    'complexity/noExcessiveLinesPerFunction',
    'src/page/long.ts',
    `export function long(f: () => void): void {\n${'  f()\n'.repeat(51)}}\n`,
  ],
  [
    'correctness/noNodejsModules',
    'src/formats/node.ts',
    "import { join } from 'node:path'\n\nexport const path = join('a')\n",
  ],
  [
    'correctness/noNodejsModules',
    'src/snapshot/node.ts',
    "import { join } from 'node:path'\n\nexport const path = join('a')\n",
  ],
  [
    'correctness/noNodejsModules',
    'src/metrics/node.ts',
    "import { join } from 'node:path'\n\nexport const path = join('a')\n",
  ],
  ['correctness/noUnusedImports', 'test/unused.ts', "import { join } from 'node:path'\n"],
  [
    'correctness/useImportExtensions',
    'src/page/bare.ts',
    "import { leaf } from './leaf'\n\nexport const bare = leaf\n",
  ],
  [
    'nursery/noFloatingPromises',
    'src/page/floating.ts',
    'async function later(): Promise<void> {}\n\nexport function now(): void {\n  later()\n}\n',
  ],
  ['nursery/noProcessExit', 'src/page/exit.ts', 'process.exit(1)\n'],
  [
    'nursery/useExhaustiveSwitchCases',
    'src/page/switch.ts',
    "export function tell(kind: 'a' | 'b'): string {\n  switch (kind) {\n    case 'a':\n      return 'A'\n  }\n  return ''\n}\n",
  ],
  ['performance/noReExportAll', 'src/page/all.ts', "export * from './leaf.ts'\n"],
  ['style/noDefaultExport', 'src/page/default.ts', 'const x = 1\nexport default x\n'],
  ['style/noEnum', 'src/page/enum.ts', 'export enum Colour {\n  Red = 1,\n}\n'],
  [
    'style/noExcessiveLinesPerFile',
    'src/page/tall.ts',
    Array.from({ length: 301 }, (_, i) => `export const line${i} = ${i}\n`).join(''),
  ],
  ['style/noNamespace', 'src/page/namespace.ts', 'export namespace Space {\n  export const x = 1\n}\n'],
  [
    'style/noParameterProperties',
    'src/page/property.ts',
    'export class Box {\n  constructor(readonly size: number) {}\n}\n',
  ],
  ['style/noRestrictedGlobals', 'src/formats/date.ts', 'export const now = (): number => Date.now()\n'],
  ['style/noRestrictedGlobals', 'src/formats/process.ts', 'export const pid = (): number => process.pid\n'],
  [
    'style/noRestrictedGlobals',
    'src/formats/round-about.ts',
    'export const now = (): number => globalThis.Date.now()\n',
  ],
  ['style/noRestrictedGlobals', 'src/snapshot/performance.ts', 'export const now = (): number => performance.now()\n'],
  ['style/noRestrictedGlobals', 'src/metrics/date.ts', 'export const now = (): number => Date.now()\n'],
  ['style/useConsistentTypeDefinitions', 'src/page/alias.ts', 'export type Point = { x: number }\n'],
  [
    'style/useErrorCause',
    'scripts/cause.ts',
    "export function attempt(f: () => void): void {\n  try {\n    f()\n  } catch (_error) {\n    throw new Error('failed')\n  }\n}\n",
  ],
  ['style/useFilenamingConvention', 'src/page/camelCase.ts', 'export const x = 1\n'],
  [
    'style/useImportType',
    'src/page/type.ts',
    "import { Box } from './property.ts'\n\nexport const size = (box: Box): number => box.size\n",
  ],
  [
    'style/useNodejsImportProtocol',
    'src/page/protocol.ts',
    "import { join } from 'path'\n\nexport const path = join('a')\n",
  ],
  ['style/useThrowOnlyError', 'src/page/text.ts', "export function fail(): never {\n  throw 'text'\n}\n"],
  ['suspicious/noConsole', 'src/page/console.ts', "console.log('x')\n"],
  [
    'suspicious/noImportCycles',
    'src/page/ring-a.ts',
    "import { b } from './ring-b.ts'\n\nexport const a: unknown = () => b\n",
  ],
  [
    'suspicious/noImportCycles',
    'src/page/ring-b.ts',
    "import { a } from './ring-a.ts'\n\nexport const b: unknown = () => a\n",
  ],
]

/** What is allowed where it stands. In src causes go with the third argument of PlimsollError, which the rule does not know. */
const allowed = [
  ['src/page/leaf.ts', 'export const leaf = 1\n'],
  ['src/cli/main.ts', "console.log('x')\nprocess.exit(1)\n"],
  [
    'src/page/cause.ts',
    "export function attempt(f: () => void): void {\n  try {\n    f()\n  } catch (cause) {\n    throw new PlimsollError('X', {}, { cause })\n  }\n}\n",
  ],
  ['test/console.ts', "console.log('x')\n"],
] as const

test('Every lint rule of this project refuses its breach, and nothing else is refused.', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-lint-'))
  try {
    copyFileSync('biome.json', join(folder, 'biome.json'))
    copyFileSync('.gitignore', join(folder, '.gitignore'))
    for (const [file, text] of [...allowed, ...breaches.map(([, file, text]) => [file, text] as const)]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
    const biome = resolve('node_modules/@biomejs/biome/bin/biome')
    const options = ['--reporter=github', '--colors=off', '--max-diagnostics=none', '--formatter-enabled=false']
    const { stdout } = spawnSync(process.execPath, [biome, 'ci', ...options, '.'], { cwd: folder, encoding: 'utf8' })
    const refused = [...stdout.matchAll(/^::(?:error|warning) title=lint\/(.+?),file=(.+?),/gm)].map(
      ([, rule, file]) => `${rule} ${relative(folder, file as string)}`,
    )
    assert.deepEqual(refused.sort(), breaches.map(([rule, file]) => `${rule} ${file}`).sort())
  } finally {
    rmSync(folder, { recursive: true })
  }
})
