import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { newFolder, run, write } from '../launchers/apps.ts'
import { installed } from '../launchers/install.ts'
import { countingApp } from './counting-app.ts'

const npm = (): string => join(installed('npm', ['npm@11.19.1']), 'npm/bin/npm-cli.js')

test('npm 11 installs the package without a warning, with the binaries of koffi for this processor and nothing else', (t) => {
  const folder = newFolder(t)
  const [text, count] = install(folder)
  assert.doesNotMatch(text, /warn|script/i)
  assert.deepEqual(packagesIn(folder), [`@koromix/koffi-linux-${process.arch}`, 'plimsoll'])
  assert.equal(count, 'jobs_total 3 \n')
})

test('npm install --omit=optional leaves koffi out, and the app publishes by writing its page', (t) => {
  const folder = newFolder(t)
  const [, count] = install(folder, '--omit=optional')
  assert.deepEqual(packagesIn(folder), ['plimsoll'])
  assert.equal(count, 'jobs_total 3 PLIMSOLL_PAGE_WRITTEN\n')
})

/** Installs the staged package as from a registry; gives what npm says, and what an app with it says. */
function install(folder: string, ...options: readonly string[]): [npm: string, app: string] {
  write(folder, { 'package.json': { name: 'shop', type: 'module' }, 'app.js': countingApp })
  run(process.execPath, [npm(), 'pack', resolve('build/package'), '--pack-destination', folder], { cwd: folder })
  const packed = readdirSync(folder).find((name) => name.endsWith('.tgz')) as string
  const args = ['install', `./${packed}`, '--no-audit', '--no-fund', ...options]
  const { stdout, stderr } = run(process.execPath, [npm(), ...args], { cwd: folder, minutes: 3 })
  mkdirSync(join(folder, 'pages'), { mode: 0o700 })
  // What npm has against the configuration of this machine.
  const said = (stdout + stderr).replace(/^npm warn Unknown \w+ config.*$/gm, '')
  return [said, run(process.execPath, ['app.js', join(folder, 'pages')], { cwd: folder }).stdout]
}

function packagesIn(folder: string): string[] {
  const nodeModules = join(folder, 'node_modules')
  const below = (name: string) => readdirSync(join(nodeModules, name)).map((one) => `${name}/${one}`)
  const scoped = existsSync(join(nodeModules, '@koromix')) ? below('@koromix') : []
  return [...scoped, ...readdirSync(nodeModules).filter((name) => !/^[.@]/.test(name))].sort()
}
