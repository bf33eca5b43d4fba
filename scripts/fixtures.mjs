/**
 * Programs that tests start as apps import plimsoll as apps do: from the staged package, whose few files are read in half the
 * processor time of the built ones. What they take of `#src` are the built files.
 */
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** Folders of such programs; those of others take most of what they use from `#src`. */
const folders = ['cli', 'dashboard', 'faults', 'fleet', 'http', 'mmstats', 'page', 'runtime', 'sinks', 'testing'].map(
  (name) => join(root, 'build/test', name, 'fixtures'),
)

/** Without a name of its own, so that "plimsoll" is looked for where packages are, and not here. */
const manifest = { type: 'module', imports: { '#src/*.ts': 'plimsoll-built/*.js' } }

/** From now on they import the package, which has to be staged. */
export function importPackage() {
  const packages = join(root, 'build/node_modules')
  mkdirSync(packages, { recursive: true })
  for (const [name, target] of Object.entries({ plimsoll: '../package', 'plimsoll-built': '../../dist' })) {
    if (!existsSync(join(packages, name))) symlinkSync(target, join(packages, name), 'junction')
  }
  for (const folder of folders.filter(existsSync)) writeFileSync(manifestOf(folder), `${JSON.stringify(manifest)}\n`)
}

/** From now on they import the built files, as all else does. */
export function importBuilt() {
  for (const folder of folders) rmSync(manifestOf(folder), { force: true })
}

function manifestOf(folder) {
  return join(folder, 'package.json')
}
