// Packages of others for `npm run conformance`: installed from the registry when first needed, and kept in build/launchers.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { run } from './apps.ts'

/** A node_modules with these packages, each as `name@version`. Nothing of them runs while they are installed. */
export function installed(name: string, packages: readonly string[]): string {
  const folder = resolve('build', 'launchers', [name, ...packages].join('-').replace(/[^\w.-]/g, ''))
  const nodeModules = join(folder, 'node_modules')
  if (existsSync(nodeModules)) return nodeModules
  const part = `${folder}.part`
  rmSync(part, { recursive: true, force: true })
  mkdirSync(part, { recursive: true })
  writeFileSync(join(part, 'package.json'), JSON.stringify({ name: 'tools', private: true }))
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], { cwd: part, minutes: 5 })
  renameSync(part, folder)
  return nodeModules
}
