// Apps in folders of their own, with plimsoll installed as it is published, and the tools that start them.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { TestContext } from 'node:test'
import { listPages, readPage } from 'plimsoll/page'
import type { PageInfo } from 'plimsoll/snapshot'

/** A folder that is removed after the test, by its real path. */
export function newFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'plimsoll-launchers-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes files below a folder, each with the folders that it needs. */
export function write(folder: string, files: Readonly<Record<string, string | object>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
}

/** Puts plimsoll into the node_modules of a folder as npm would. */
export function installPlimsoll(folder: string): void {
  const installed = join(folder, 'node_modules', 'plimsoll')
  for (const part of ['package.json', 'dist'])
    cpSync(join('build', 'package', part), join(installed, part), { recursive: true })
  symlinkSync(resolve('node_modules', '@koromix'), join(folder, 'node_modules', '@koromix'))
}

interface RunOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly minutes?: number
}

/** Runs a program to its end, which must come in time and be a good one. */
export function run(
  program: string,
  args: readonly string[],
  { cwd, env, minutes = 1 }: RunOptions,
): SpawnSyncReturns<string> {
  const ran = spawnSync(program, args, {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    encoding: 'utf8',
    timeout: minutes * 60_000,
    killSignal: 'SIGKILL',
  })
  if (ran.status === 0) return ran
  throw new Error(`${program} ${args.join(' ')} ended with ${ran.status ?? ran.signal}\n${ran.stdout}${ran.stderr}`)
}

/** Without what the runner of these tests has set for them. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, PLIMSOLL_DIR: ___, PLIMSOLL_APP: ____, ...env } = process.env
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('npm_')))
}

/** What the pages of a directory say of their writers, by app, worker and thread. */
export function writers(dir: string): PageInfo[] {
  const found = listPages(dir).flatMap((file) => readPage(file).pages)
  return found.sort((a, b) => `${a.app} ${a.worker} ${a.tid}`.localeCompare(`${b.app} ${b.worker} ${b.tid}`))
}
