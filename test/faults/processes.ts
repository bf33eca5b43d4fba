import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { listPages, readPage } from 'plimsoll/page'
import type { FamilySnapshot, Snapshot } from 'plimsoll/snapshot'

/** Where other programs want the processor too, all may take so many times longer. */
const patience = 10

/** The project's folder. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url))

/** A new folder that is removed after the test. */
export function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-faults-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

/** The compiled file of a program in `fixtures/`. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}.js`, import.meta.url))
}

/** A program of `fixtures/` under way. */
export interface Started {
  readonly child: ChildProcess
  readonly pid: number
  /** The next line that it writes to stdout; rejects when it ends before. */
  line(): Promise<string>
  /** Sends it a line. */
  tell(text: string): void
  /** How it ended. */
  readonly ended: Promise<Ended>
}

/** How a program ended, and what it wrote and nobody read as a line. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

interface StartOptions {
  readonly node?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** `run` kills a program after ten times as many seconds, so that its test fails and not the whole run. */
  readonly maxSeconds?: number
}

/** Starts a program of `fixtures/`; it is killed after the test when it still runs. */
export function start(t: TestContext, name: string, args: readonly string[], options: StartOptions = {}): Started {
  const { node = [], env = {} } = options
  const child = spawn(process.execPath, [...node, fixture(name), ...args], {
    env: { ...process.env, ...env },
  })
  t.after(() => child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  let wake = (): void => {}
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
    wake()
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  child.stdin.on('error', () => {})
  let over = false
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    over = true
    wake()
    return { code, signal, stdout, stderr }
  })
  const line = async (): Promise<string> => {
    for (;;) {
      const end = stdout.indexOf('\n')
      if (end !== -1) {
        const text = stdout.slice(0, end)
        stdout = stdout.slice(end + 1)
        return text
      }
      if (over) throw new Error(`${name} ended without a line; it said: ${stdout}${stderr}`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return { child, pid: child.pid as number, line, tell: (text) => child.stdin.write(`${text}\n`), ended }
}

/** Runs a program of `fixtures/` to its end. */
export function run(t: TestContext, name: string, args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  const started = start(t, name, args, options)
  started.child.stdin?.end()
  const limit = setTimeout(() => started.child.kill('SIGKILL'), patience * (options.maxSeconds ?? 30) * 1000)
  return started.ended.finally(() => clearTimeout(limit))
}

/** The snapshots of all pages in a directory. */
export function readAll(directory: string): readonly Snapshot[] {
  return listPages(directory).map((file) => readPage(file))
}

/** The value of a series without labels: of a counter or gauge itself, of a distribution its count. */
export function countOf({ families }: Snapshot, name: string): number | undefined {
  const family = families.find((one: FamilySnapshot) => one.name === name)
  const series = family?.series[0]
  if (series === undefined) return undefined
  return 'value' in series ? Number(series.value) : 'count' in series ? series.count : undefined
}

/**
 * Waits until `test` returns something. It throws where a machine without other work takes less than `seconds`, and ten
 * times as many have passed.
 */
export function until<T>(what: string, seconds: number, test: () => T | undefined | false): Promise<T> {
  return untilAsync(what, seconds, async () => test())
}

/** {@link until} for what is asked of another process. */
export async function untilAsync<T>(
  what: string,
  seconds: number,
  test: () => Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + patience * seconds * 1000
  for (;;) {
    const found = await test()
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) throw new Error(`not within ${patience * seconds} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Suspends a process, and waits until it has stopped. */
export async function suspend({ child, pid }: Started): Promise<void> {
  child.kill('SIGSTOP')
  await until('it has stopped', 5, () => /^\d+ \(.*\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
}

/** Waits until the writer of a page has made so many more heartbeats. */
export async function heartbeats(file: string, count: number): Promise<void> {
  const lastOf = ({ takenAt, pages }: Snapshot): number => takenAt - (pages[0]?.heartbeatAge ?? 0)
  for (let i = 0; i < count; i++) {
    const last = lastOf(readPage(file))
    // Heartbeats are a second apart, and what is computed from their age differs by less than a tenth.
    await until('a heartbeat', 5, () => lastOf(readPage(file)) > last + 0.5)
  }
}

/** A second copy of the package in a folder of its own; gives the folder, whose `dist` it is in. */
export function copyPackage(t: TestContext): string {
  const folder = newFolder(t)
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  return folder
}
