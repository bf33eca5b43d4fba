import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { newApp, run } from '../launchers/apps.ts'
import { installed } from '../launchers/install.ts'
import { checkElsewhere, countingApp, requiringApp } from './counting-app.ts'

const files = { 'package.json': { name: 'shop', type: 'module' }, 'app.js': countingApp }
const node = process.execPath

test('esbuild bundles plimsoll to ES modules and to CommonJS, without a warning', (t) => {
  const { cwd } = newApp(t, files, installed('esbuild', ['esbuild@0.28.2']))
  const esbuild = join(cwd, `node_modules/@esbuild/${process.platform}-${process.arch}/bin/esbuild`)
  chmodSync(esbuild, 0o755)
  for (const [format, program] of [
    ['esm', 'app.mjs'],
    ['cjs', 'app.cjs'],
  ] as const) {
    const options = ['--bundle', '--platform=node', `--format=${format}`, `--outfile=out/${program}`]
    refuseWarnings(run(esbuild, ['app.js', ...options, '--log-level=warning'], { cwd }))
  }
  checkElsewhere(cwd, 'app.cjs', 'app.mjs')
})

test('rollup bundles plimsoll to ES modules and to CommonJS, without a warning', (t) => {
  const packages = ['rollup@4.68.8', '@rollup/plugin-node-resolve@16']
  const { cwd } = newApp(t, files, installed('rollup', packages))
  for (const [format, program] of [
    ['es', 'app.mjs'],
    ['cjs', 'app.cjs'],
  ] as const) {
    // One file, although plimsoll loads some of itself later.
    const output = ['--format', format, '--file', `out/${program}`, '--inlineDynamicImports']
    const options = ['--plugin', 'node-resolve', ...output]
    const rollup = join(cwd, 'node_modules/rollup/dist/bin/rollup')
    refuseWarnings(
      run(node, [rollup, 'app.js', ...options, '--silent=false', '--failAfterWarnings'], { cwd }),
      /^\(!\)/m,
    )
  }
  checkElsewhere(cwd, 'app.cjs', 'app.mjs')
})

test('webpack 5 bundles plimsoll to ES modules and to CommonJS, without a warning', (t) => {
  const program = `import webpack from 'webpack'
    const common = { mode: 'production', target: 'node20', entry: './app.js' }
    const path = import.meta.dirname + '/out'
    const configurations = [
      { ...common, output: { path, filename: 'app.cjs', library: { type: 'commonjs2' } } },
      { ...common, output: { path, filename: 'app.mjs', module: true }, experiments: { outputModule: true } },
    ]
    webpack(configurations, (error, stats) => {
      if (error) throw error
      console.log(stats.toString({ all: false, errors: true, warnings: true }))
    })`
  const { cwd } = newApp(t, { ...files, 'build.js': program }, installed('webpack', ['webpack@5.113.0']))
  const built = run(node, ['build.js'], { cwd, minutes: 3 })
  refuseWarnings(built)
  if (built.stdout.trim() !== '') throw new Error(built.stdout)
  checkElsewhere(cwd, 'app.cjs', 'app.mjs')
})

test('ncc bundles plimsoll to ES modules and to CommonJS', (t) => {
  const packages = installed('ncc', ['@vercel/ncc@0.45.0'])
  for (const [type, app] of Object.entries({ module: countingApp, commonjs: requiringApp })) {
    const { cwd } = newApp(t, { 'package.json': { name: 'shop', type }, 'app.js': app }, packages)
    const ncc = join(cwd, 'node_modules/@vercel/ncc/dist/ncc/cli.js')
    refuseWarnings(run(node, [ncc, 'build', 'app.js', '-o', 'out'], { cwd, minutes: 3 }))
    checkElsewhere(cwd, 'index.js')
  }
})

function refuseWarnings({ stdout, stderr }: { stdout: string; stderr: string }, warning = /warn/i): void {
  if (warning.test(stdout + stderr)) throw new Error(stdout + stderr)
}
