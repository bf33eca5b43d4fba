import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'

interface PackageFile {
  readonly exports: Readonly<Record<string, string>>
  readonly bin: Readonly<Record<string, string>>
  readonly sideEffects: readonly string[]
  readonly engines: { readonly node: string }
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as PackageFile
const entries = Object.entries(manifest.exports).filter(([, file]) => file.endsWith('.js'))

/** All files below a folder that end so, as paths from the folder. */
function filesBelow(folder: string, end: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(end))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}

/** Runs a program to its end, which must come by itself within a minute; a failure shows all that it wrote. */
function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, env, encoding: 'utf8', timeout: 60_000 })
  assert.equal(status, 0, `${program} ${args.join(' ')} ended with ${status}\n${error ?? ''}${stdout}${stderr}`)
  return stdout
}

describe('The package', () => {
  test('exports every entry file that was built, and nothing that was not.', () => {
    const built = filesBelow('dist', '.js').filter((file) => /(^|\/)index\.js$|^register\.js$/.test(file))
    assert.deepEqual(entries.map(([, file]) => file).sort(), built.map((file) => `./dist/${file}`).sort())
  })

  test('has commands that a shell can start.', () => {
    const firstLines = Object.values(manifest.bin).map((file) => readFileSync(file, 'utf8').split('\n')[0])
    assert.deepEqual(firstLines, ['#!/usr/bin/env node'])
  })

  test('says that it needs Node 20.19 or later.', () => {
    assert.equal(manifest.engines.node, '>=20.19')
  })

  // Two copies of the package share their registry under a symbol of their own; nobody misses it when it is shaken off.
  test('does nothing when imported, but for the files that say so.', () => {
    const files = filesBelow('dist', '.js')
      .map((file) => `./dist/${file}`)
      .filter((file) => !manifest.sideEffects.includes(file))
    const program = `
      const state = () => ({
        globals: Reflect.ownKeys(globalThis).map(String).filter((key) => !key.startsWith('Symbol(plimsoll.')),
        listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
        environment: Object.keys(process.env).length,
      })
      const { deepStrictEqual } = await import('node:assert')
      const before = state()
      for (const file of ${JSON.stringify(files)}) {
        await import(file)
        deepStrictEqual(state(), before, file)
      }`
    assert.equal(run(process.execPath, ['--input-type=module', '--eval', program], process.cwd()), '')
  })
})

describe('The packed package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-package-'))
  const installed = join(folder, 'node_modules', 'plimsoll')

  before(() => {
    const packed = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], '.')) as
      | { filename: string }[]
      | Record<string, { filename: string }>
    const filename = Object.values(packed)[0]?.filename as string
    mkdirSync(installed, { recursive: true })
    run('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', installed], folder)
    for (const name of ['koffi', '@types'])
      symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name))
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', type: 'module' }))
  })
  after(() => rmSync(folder, { recursive: true }))

  test('holds the built files of every source file with their types, and its documents, and nothing else.', () => {
    const stems = filesBelow('src', '.ts').map((file) => file.replace(/\.ts$/, ''))
    const papers = filesBelow('docs', '.md').map((file) => `docs/${file}`)
    const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', ...papers]
    assert.deepEqual(
      filesBelow(installed, ''),
      [...documents, ...stems.flatMap((stem) => [`dist/${stem}.d.ts`, `dist/${stem}.js`])].sort(),
    )
  })

  test('runs in a program that imports every entry.', () => {
    const names = entries.map(([path]) => path.replace(/^\./, 'plimsoll'))
    writeFileSync(
      join(folder, 'program.js'),
      `${names.map((name) => `import '${name}'`).join('\n')}\nconsole.log('ran')\n`,
    )
    const env = { ...process.env, PLIMSOLL_DIR: join(folder, 'pages') }
    assert.equal(run(process.execPath, ['program.js'], folder, env), 'ran\n')
  })

  test('says what to install where the package zeromq is missing.', () => {
    writeFileSync(
      join(folder, 'missing.js'),
      `import { aggregator, aggregatorThread, newKeyPair, publisher } from 'plimsoll/zeromq'
      const calls = [
        () => aggregator({ bind: 'tcp://127.0.0.1:*' }),
        () => aggregatorThread({ bind: 'tcp://127.0.0.1:*' }),
        () => newKeyPair(),
        () => publisher({ connect: 'tcp://127.0.0.1:1' }),
      ]
      for (const call of calls) {
        await call().catch(({ code, message }) => console.log(code, message.includes('npm install zeromq')))
      }`,
    )
    assert.equal(run(process.execPath, ['missing.js'], folder), 'PLIMSOLL_ZEROMQ_MISSING true\n'.repeat(4))
  })

  test('counts where bundlers to CommonJS have taken the URLs of its files away.', () => {
    const bundled = join(folder, 'bundled')
    cpSync(join(installed, 'dist'), bundled, { recursive: true })
    for (const file of filesBelow(bundled, '.js')) {
      const text = readFileSync(join(bundled, file), 'utf8')
      writeFileSync(join(bundled, file), text.replaceAll('import.meta.url', 'undefined'))
    }
    writeFileSync(
      join(folder, 'bundled.js'),
      `import { counter, publish } from './bundled/index.js'
      const count = counter('count')
      publish({ onWarning: () => {} })
      count.inc()
      console.log(count.value)`,
    )
    const env = { ...process.env, PLIMSOLL_DIR: join(folder, 'pages') }
    assert.equal(run(process.execPath, ['bundled.js'], folder, env), '1\n')
  })

  test('type-checks in a program that imports every entry and checks the types of libraries too.', () => {
    const names = entries.map(([path]) => path.replace(/^\./, 'plimsoll'))
    const imports = names.map((name, i) => `import * as entry${i} from '${name}'`)
    writeFileSync(
      join(folder, 'program.ts'),
      `${imports.join('\n')}\nexport const all = [${names.map((_, i) => `entry${i}`)}]\n`,
    )
    const options = {
      module: 'nodenext',
      target: 'es2023',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['program.ts'] }))
    run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder], folder)
  })
})
