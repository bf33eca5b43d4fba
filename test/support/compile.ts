import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * Compiles examples of documents beside themselves, as strictly as the sources; returns what the compiler reports. By the
 * compiler in native code: to load the other one takes longer than this.
 */
export function compile(files: readonly string[]): string[] {
  const config = join(dirname(files[0] as string), 'tsconfig.json')
  const compilerOptions = { composite: false, declaration: false, isolatedDeclarations: false, incremental: false }
  const given = { extends: resolve('tsconfig.base.json'), compilerOptions, files: files.map((file) => resolve(file)) }
  writeFileSync(config, JSON.stringify(given))
  const { stdout, stderr } = spawnSync(process.execPath, ['node_modules/typescript-7/bin/tsc', '-p', config], {
    encoding: 'utf8',
  })
  return `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
}

/** What an example says that it prints: the comments behind its calls of console.log. */
export function printedBy(code: string): string[] {
  return [...code.matchAll(/^console\.log\(.*\) \/\/ (.*)$/gm)].map(([, expected]) => expected as string)
}
