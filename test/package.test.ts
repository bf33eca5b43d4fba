import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { rollup } from 'rollup'
import { offered } from './support/completions.ts'

interface PackageFile {
  readonly exports: Readonly<Record<string, string>>
  readonly version: string
  readonly man: string
  readonly bin: { readonly plimsoll: string }
  readonly sideEffects: readonly string[]
  readonly engines: { readonly node: string }
}

const { isStaged, stagePackage } = (await import(pathToFileURL('scripts/stage-package.mjs').href)) as {
  isStaged(): boolean
  stagePackage(): Promise<void>
}

/** Made by `npm run package`, which `npm test` does, and made anew here where something has changed since. */
const staged = './build/package'
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as PackageFile
/** What shells start: CommonJS where it is published. */
const commands = Object.values(manifest.bin).map((file) => file.replace(/js$/, 'cjs'))
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

  test('is not published from the folder of those who work on it, which says from where.', () => {
    const { status, stdout, stderr } = spawnSync('npm', ['publish', '--dry-run'], { encoding: 'utf8', timeout: 60_000 })
    assert.notEqual(status, 0)
    assert.match(stdout + stderr, /Run "npm run package", then "npm publish \.\/build\/package"\./)
  })

  // Two copies of the package share their registry under a symbol of their own; nobody misses it when it is shaken off.
  test('does nothing when imported, but for the files that say so.', () => {
    const files = filesBelow('dist', '.js')
      .map((file) => `./dist/${file}`)
      .filter((file) => !manifest.sideEffects.includes(file))
    const program = `
      // Node 22 and later put a symbol of their own there for whoever imports node:http.
      await import('node:http')
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

  before(async () => {
    if (!isStaged()) await stagePackage()
    const args = ['pack', staged, '--json', '--ignore-scripts', '--pack-destination', folder]
    const packed = JSON.parse(run('npm', args, '.')) as { filename: string }[] | Record<string, { filename: string }>
    const filename = Object.values(packed)[0]?.filename as string
    mkdirSync(installed, { recursive: true })
    run('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', installed], folder)
    for (const name of ['@koromix', '@opentelemetry', '@types'])
      symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name))
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', type: 'module' }))
  })
  after(() => rmSync(folder, { recursive: true }))

  test('holds its entries, for import and for require, what they share, their types, and its documents, and nothing else.', () => {
    const papers = [...filesBelow('docs', '.md'), ...filesBelow('docs', '.svg'), ...filesBelow('docs', '.png')].map(
      (file) => `docs/${file}`,
    )
    const files = ['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json']
    const documents = [...files, ...papers]
    const starts = entries.flatMap(([, file]) => [file, file.replace(/js$/, 'cjs')])
    const programs = [...starts, ...commands].map((file) => file.slice(2))
    const others = [
      'dist/register-start.cjs',
      'dist/register-app.js',
      'dist/register-app.cjs',
      'dist/register-compaction.cjs',
      'dist/register-later.cjs',
      ...filesBelow('src/cli/commands', '.ts').map((file) => `dist/cli/commands/${file.replace(/ts$/, 'cjs')}`),
      manifest.man.slice(2),
      'dist/http/status-thread-program.js',
      'dist/sinks/sinks-thread-program.js',
      'dist/zeromq/collector-thread-program.js',
      ...['index.html', 'main.mjs', 'style.css', 'worker.mjs'].map((name) => `dist/dashboard/assets/${name}`),
    ]
    const isChunk = (file: string) => /^dist\/(chunks\/[a-z-]+\.c?js|cli\/(?!main)[a-z-]+\.cjs|.*\.d\.c?ts)$/.test(file)
    const isOther = (file: string) => !isChunk(file)
    assert.deepEqual(filesBelow(installed, '').filter(isOther), [...documents, ...programs, ...others].sort())
    const types = filesBelow(installed, '.d.ts').map((file) => file.replace(/ts$/, 'cts'))
    assert.deepEqual(filesBelow(installed, '.d.cts'), types.sort())
    const wanted = entries.map(([, file]) => file.slice(2).replace(/js$/, 'd.cts'))
    assert.deepEqual(
      wanted.filter((file) => !types.includes(file)),
      [],
    )
    assert.deepEqual(
      types.filter((file) => file.startsWith('dist/cli/')),
      [],
    )
  })

  test('has commands that start as they lie in its folder, where npm has only linked to it.', () => {
    for (const file of commands) assert.match(run(join(staged, file), ['--version'], '.'), /^\d+\./)
  })

  test('says of itself what the package.json says that it was made from, without what serves development.', () => {
    const { scripts, devDependencies, overrides, imports, files, exports, sideEffects, bin, ...rest } = JSON.parse(
      readFileSync('package.json', 'utf8'),
    )
    const published = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
    const { main, types, typesVersions, exports: both, sideEffects: effects, bin: started, ...others } = published
    assert.deepEqual(others, rest)
    assert.deepEqual(Object.keys(both), Object.keys(exports))
    assert.deepEqual([main, types], ['./dist/index.cjs', './dist/index.d.cts'])
    assert.deepEqual([Object.keys(started), Object.values(started)], [Object.keys(bin), commands])
    assert.deepEqual(effects, ['./dist/register.js', './dist/register.cjs', './dist/cli/main.cjs'])
  })

  // npm 11 and later warn of each package that has one.
  test('installs nothing that has an install script, and nothing that has to be there.', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean; hasInstallScript?: boolean }>
    }
    const brought = Object.entries(packages).filter(([path, { dev, devOptional }]) => path && !dev && !devOptional)
    assert.ok(brought.length > 0)
    assert.deepEqual(
      brought.filter(([, { optional, hasInstallScript }]) => !optional || hasInstallScript),
      [],
    )
  })

  test('runs in a program that imports every entry.', () => {
    const names = entries.map(([path]) => path.replace(/^\./, 'plimsoll'))
    writeFileSync(
      join(folder, 'program.js'),
      `${names.map((name) => `import '${name}'`).join('\n')}\nconsole.log('ran')\n`,
    )
    writeFileSync(
      join(folder, 'program.cjs'),
      `${names.map((name) => `require('${name}')`).join('\n')}\nconsole.log(Object.keys(require.cache).length > 0)\n`,
    )
    const env = { ...process.env, PLIMSOLL_DIR: join(folder, 'pages') }
    assert.equal(run(process.execPath, ['program.js'], folder, env), 'ran\n')
    assert.equal(run(process.execPath, ['program.cjs'], folder, env), 'true\n')
  })

  test('has one registry and one page for what is imported and what is required.', () => {
    const program = `
      import { createRequire } from 'node:module'
      import { counter, publish, defaultRegistry, Registry } from 'plimsoll'
      import { listPages, readPage } from 'plimsoll/page'
      const required = createRequire(import.meta.url)('plimsoll')
      const requiredPages = createRequire(import.meta.url)('plimsoll/page')
      counter('jobs').inc()
      const publication = required.publish()
      required.counter('jobs').add(10)
      required.histogram('sizes').record(3)
      console.log(required.Registry === Registry, required.defaultRegistry === defaultRegistry, publish() === publication)
      const pages = listPages(process.env.PLIMSOLL_DIR)
      const counts = ({ families }) => families.map(({ name, series }) => name + ' ' + (series[0].value ?? series[0].count)).join()
      console.log(pages.length, counts(readPage(pages[0])), counts(requiredPages.readPage(pages[0])))
      try { required.gauge('jobs') } catch ({ message }) { console.log([...message.matchAll(/\\w+\\.c?js:\\d+/g)].join()) }`
    writeFileSync(join(folder, 'both.js'), program)
    const counts = 'jobs 11,plimsoll.dropped 0,sizes 1'
    for (const kept of ['mapped', 'written']) {
      const dir = join(folder, `both-${kept}`)
      const env = { ...process.env, PLIMSOLL_PAGE: kept, PLIMSOLL_DIR: dir, PLIMSOLL_RUNTIME: 'off' }
      assert.deepEqual(
        run(process.execPath, ['--require', 'plimsoll/register', 'both.js'], folder, env).trim().split('\n'),
        ['false true true', `1 ${counts} ${counts}`, 'both.js:15,both.js:7'],
      )
    }
  })

  test('says what to install where the package zeromq is missing.', () => {
    writeFileSync(
      join(folder, 'missing.js'),
      `import { collector, collectorThread, newKeyPair, publisher } from 'plimsoll/zeromq'
      const calls = [
        () => collector({ bind: 'tcp://127.0.0.1:*' }),
        () => collectorThread({ bind: 'tcp://127.0.0.1:*' }),
        () => newKeyPair(),
        () => publisher({ connect: 'tcp://127.0.0.1:1' }),
      ]
      for (const call of calls) {
        await call().catch(({ code, message }) => console.log(code, message.includes('npm install zeromq')))
      }`,
    )
    assert.equal(run(process.execPath, ['missing.js'], folder), 'PLIMSOLL_ZEROMQ_MISSING true\n'.repeat(4))
  })

  test('maps a page where bundlers have taken the URLs of its files away, or left those of another machine.', () => {
    for (const [name, url] of Object.entries({ without: 'undefined', elsewhere: '"file:///elsewhere/chunks/os.js"' })) {
      const bundled = join(folder, name)
      cpSync(join(installed, 'dist'), bundled, { recursive: true })
      for (const file of filesBelow(bundled, '.js')) {
        const text = readFileSync(join(bundled, file), 'utf8')
        writeFileSync(join(bundled, file), text.replaceAll('import.meta.url', url))
      }
      writeFileSync(
        join(folder, 'bundled.js'),
        `import { counter, publish } from './${name}/index.js'
        const count = counter('count')
        publish({ onWarning: (warning) => console.log(warning) })
        count.inc()
        console.log(count.value)`,
      )
      const env = { ...process.env, PLIMSOLL_DIR: join(folder, 'pages') }
      assert.equal(run(process.execPath, ['bundled.js'], folder, env), '1\n')
    }
  })

  // Each file costs some 0.4 ms of CPU when an app starts; times are measured by bench/import.bench.ts.
  test('reads five files when plimsoll is imported, none of what reads pages or sends, and nothing of Node for the formats.', () => {
    const hooks = `import { writeSync } from 'node:fs'
      export const load = (url, context, next) => {
        writeSync(1, url + '\\n')
        return next(url, context)
      }`
    writeFileSync(join(folder, 'hooks.js'), hooks)
    const read = (name: string): string[] => {
      const program = `import { register } from 'node:module'
        register('./hooks.js', import.meta.url)
        await import('${name}')`
      writeFileSync(join(folder, 'reads.js'), program)
      return run(process.execPath, ['reads.js'], folder).trim().split('\n')
    }
    const own = read('plimsoll').flatMap((url) => /\/node_modules\/plimsoll\/dist\/(.*)$/.exec(url)?.[1] ?? [])
    const chunks = ['metrics', 'os', 'page', 'snapshot'].map((name) => `chunks/${name}.js`)
    assert.deepEqual(own.sort(), [...chunks, 'index.js'])
    assert.deepEqual(
      [...read('plimsoll/formats'), ...read('plimsoll/snapshot')].filter((url) => url.startsWith('node:')),
      [],
    )
    // As NODE_OPTIONS brings it into a command-line tool.
    writeFileSync(
      join(folder, 'see.js'),
      `import { register } from 'node:module'\nregister('./hooks.js', import.meta.url)`,
    )
    mkdirSync(join(folder, 'node_modules', '.bin'))
    writeFileSync(join(folder, 'node_modules', '.bin', 'tool.js'), '')
    const env = { ...process.env, NODE_OPTIONS: '--import ./see.js --import plimsoll/register' }
    const inTool = run(process.execPath, ['node_modules/.bin/tool.js'], folder, env)
    assert.deepEqual(inTool.match(/plimsoll\/dist.*/g), ['plimsoll/dist/register.cjs'])
  })

  test('has one registry and one class of errors for all its entries.', () => {
    const program = `
      import { counter, PlimsollError, publish, Registry } from 'plimsoll'
      import { formatPrometheus, parseJson } from 'plimsoll/formats'
      import { readPage } from 'plimsoll/page'
      import { createTestRegistry } from 'plimsoll/testing'
      import 'plimsoll/register'
      counter('jobs').inc()
      const { file } = publish({ app: 'another, were it not published yet' })
      console.log(formatPrometheus(readPage(file)).includes('jobs_total 1'), readPage(file).pages[0].app)
      console.log(createTestRegistry().registry instanceof Registry)
      for (const call of [() => parseJson('?'), () => readPage('/nowhere'), () => publish({ app: 1 })]) {
        try { call() } catch (error) { console.log(error instanceof PlimsollError, error.code) }
      }`
    writeFileSync(join(folder, 'shared.js'), program)
    const env = { ...process.env, PLIMSOLL_DIR: join(folder, 'shared-pages'), PLIMSOLL_APP: 'shared' }
    assert.deepEqual(run(process.execPath, ['shared.js'], folder, env).trim().split('\n'), [
      'true shared',
      'true',
      'true PLIMSOLL_SNAPSHOT_INVALID',
      'true PLIMSOLL_PAGE_UNREADABLE',
      'true PLIMSOLL_OPTION_INVALID',
    ])
  })

  test('names the lines of the app where two declarations differ, and no file of its own.', () => {
    const program = `import { counter } from 'plimsoll'
      import { collection, Metered, template } from 'plimsoll/objects'
      import { createTestRegistry } from 'plimsoll/testing'
      const { registry } = createTestRegistry()
      const attempts = [
        () => counter('jobs.done'),
        () => collection('jobs', { done: template.histogram() }),
        () => new (Metered('jobs', { done: template.histogram() }))(),
        () => registry.counter('sales'),
        () => registry.gauge('sales'),
      ]
      for (const attempt of attempts) try { attempt() } catch ({ message }) { console.log(message) }`
    writeFileSync(join(folder, 'conflict.js'), program)
    const told = run(process.execPath, ['conflict.js'], folder).trim().split('\n')
    const lines = told.map((message) =>
      [...message.matchAll(/(\w+)\.js:(\d+)/g)].map(([, file, line]) => `${file} ${line}`),
    )
    assert.deepEqual(lines, [
      ['conflict 7', 'conflict 6'],
      ['conflict 8', 'conflict 6'],
      ['conflict 10', 'conflict 9'],
    ])
  })

  test('leaves out of the bundle of an app what the app does not use.', async () => {
    const leftIn = async (name: string, entry: string) => {
      const file = join(folder, `uses-${name}.js`)
      writeFileSync(file, `import { ${name} } from './node_modules/plimsoll/dist/${entry}.js'\nconsole.log(${name})\n`)
      const bundle = await rollup({
        input: file,
        // As bundlers read the package.json: only these files do something when imported.
        treeshake: {
          moduleSideEffects: (id) => manifest.sideEffects.some((file) => join(installed, file) === id) || id === file,
        },
        external: /^node:/,
      })
      const { output } = await bundle.generate({})
      return [output[0].imports, [...output[0].code.matchAll(/^class (\w+)/gm)].map(([, name]) => name)]
    }
    assert.deepEqual(await leftIn('PlimsollError', 'index'), [[], ['PlimsollError']])
    assert.deepEqual(await leftIn('formatPrometheus', 'formats/index'), [
      [],
      ['PlimsollError', 'OctaveCounts', 'BoundsOf'],
    ])
  })

  test('has a command that runs, and that is no app when NODE_OPTIONS says that all are.', () => {
    const env = { ...process.env, PLIMSOLL_DIR: join(folder, 'no-pages'), NODE_OPTIONS: '--import plimsoll/register' }
    const command = join('node_modules', 'plimsoll', commands[0] as string)
    mkdirSync(env.PLIMSOLL_DIR, { mode: 0o700 })
    assert.equal(run(process.execPath, [command, '--version'], folder, env), `${manifest.version}\n`)
    assert.match(run(process.execPath, [command, 'ls', '--json'], folder, env), /^\[\]$/m)
  })

  test('starts the thread of a collector where the package zeromq is there.', () => {
    const peer = join(folder, 'node_modules', 'zeromq')
    symlinkSync(resolve('node_modules', 'zeromq'), peer)
    writeFileSync(
      join(folder, 'thread.js'),
      `import { collectorThread } from 'plimsoll/zeromq'
      const thread = await collectorThread({ bind: 'tcp://127.0.0.1:*' })
      console.log((await thread.read()).version)
      await thread.close()`,
    )
    try {
      assert.equal(run(process.execPath, ['thread.js'], folder), '1\n')
    } finally {
      rmSync(peer)
    }
  })

  test('offers of a metric what is for apps, and tells nothing of what is internal.', () => {
    assert.deepEqual(offered("counter('sent').|", folder), ['add', 'addWithExemplar', 'inc', 'snapshot', 'value'])
    assert.deepEqual(offered("(await import('plimsoll/objects')).template.counter().|", folder), [])
    const types = filesBelow(installed, '.d.ts')
    assert.deepEqual(
      types.filter((file) => readFileSync(join(installed, file), 'utf8').includes('@internal')),
      [],
    )
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
    const files = ['program.ts', 'metrics.ts', 'templates.ts']
    for (const file of files.slice(1)) cpSync(join('test', 'types', file), join(folder, file))
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files }))
    run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder], folder)
  })
})
