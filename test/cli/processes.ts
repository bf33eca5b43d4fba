import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Context, Result } from '#src/cli/result.ts'
import { run } from '#src/cli/run.ts'
import { messageLine } from '#src/cli/start.ts'
import { systemClock } from '#src/clock.ts'
import { main } from '../support/command.ts'

/** A directory that is gone after the test. Processes that still write to it are ended later: its removal is tried again. */
export function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-cli-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

/** How a command ended, and what it wrote. */
export interface Finished {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end as `plimsoll` does with its output in pipes, but in this process: to start another takes longest. */
export async function plimsoll(...args: string[]): Promise<Finished> {
  const given = await run(args, { ...terminal, columns: undefined })
  assert.ok(!('file' in given), 'it starts a program')
  const pieces: Result[] = []
  if (Symbol.asyncIterator in given) for await (const piece of given) pieces.push(piece)
  else pieces.push(given)
  return {
    status: Math.max(0, ...pieces.map(({ exitCode }) => exitCode)),
    stdout: pieces.map(({ text }) => text).join(''),
    stderr: pieces.flatMap(({ messages }) => messages.map((one) => messageLine(one))).join(''),
  }
}

/** A process that publishes. */
export interface Publisher {
  readonly pid: number
  readonly file: string
  /** Has it do something, and waits until it is done. */
  order(order: string): Promise<void>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

/** Starts a process that publishes, and waits until it has obeyed its first orders; it is gone after the test. */
export async function publisher(t: TestContext, folder: string, app: string, ...orders: string[]): Promise<Publisher> {
  const fixture = fileURLToPath(new URL('fixtures/publisher.js', import.meta.url))
  const child = spawn(process.execPath, [fixture, folder, app, ...orders], { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await gone
  }
  t.after(kill)
  const lines: Interface = createInterface({ input: child.stdout })
  const [file] = await once(lines, 'line')
  const order = async (text: string): Promise<void> => {
    const answer = once(lines, 'line')
    child.stdin.write(`${text}\n`)
    await answer
  }
  return { pid: child.pid ?? 0, file, order, kill }
}

/** A `plimsoll` that goes on: its lines as they come. */
export interface Following {
  readonly child: ChildProcess
  /** The next line of stdout. */
  next(): Promise<string>
  /** Waits for the end: exit code, signal and all of stderr. */
  end(): Promise<{ code: number | null; signal: string | null; stderr: string }>
}

/** Starts `plimsoll` and follows it. */
export function follow(t: TestContext, ...args: string[]): Following {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  const closed = once(child, 'close')
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    child,
    next: async () => (await lines.next()).value,
    end: async () => {
      const [code, signal] = await closed
      return { code, signal, stderr }
    },
  }
}

/** A terminal of 80 columns, as commands see it. */
export const terminal: Context = {
  columns: 80,
  color: false,
  clock: systemClock,
  signal: new AbortController().signal,
}
