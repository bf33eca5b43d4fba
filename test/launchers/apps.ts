// Apps in folders of their own, with plimsoll installed as it is published, and the tools that start them.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { listPages, readPage } from 'plimsoll/page'
import type { PageInfo } from 'plimsoll/snapshot'

/** The content of each by its path: text, or what becomes JSON. */
export type Files = Readonly<Record<string, string | object>>

/** A folder that is removed after the test, by its real path. */
export function newFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'plimsoll-launchers-')))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

/** Writes files below a folder, each with the folders that it needs. */
export function write(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
}

/** The folder of an app with plimsoll and other packages, where its pages go, and the environment that says so. */
export function newApp(t: TestContext, files: Files, nodeModules?: string) {
  const folder = newFolder(t)
  const cwd = join(folder, 'app')
  const dir = join(folder, 'pages')
  mkdirSync(dir, { mode: 0o700 })
  write(cwd, files)
  if (nodeModules !== undefined) copyPackages(nodeModules, join(cwd, 'node_modules'))
  installPlimsoll(cwd)
  return { folder, cwd, dir, env: { PLIMSOLL_DIR: dir } }
}

/** As hard links where it can, since tools have thousands of files, which none of them changes. */
function copyPackages(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  const copy = (options: string) => spawnSync('cp', [options, `${from}/.`, to], { stdio: 'ignore' }).status === 0
  if (!copy('-al')) cpSync(from, to, { recursive: true, verbatimSymlinks: true })
}

/** Puts plimsoll into the node_modules of a folder as npm would. */
export function installPlimsoll(folder: string): void {
  const installed = join(folder, 'node_modules', 'plimsoll')
  for (const part of ['package.json', 'dist'])
    cpSync(join('build', 'package', part), join(installed, part), { recursive: true })
  cpSync(join('node_modules', '@koromix'), join(folder, 'node_modules', '@koromix'), { recursive: true })
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
