import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** A server that a test has started, with a folder of its own. */
export interface Program {
  readonly pid: number
  /** Ends it by its pid, and removes its folder. */
  stop(): Promise<void>
}

/** A folder that nothing else is in. */
export function emptyFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `plimsoll-${name}-`))
}

/** A port of 127.0.0.1 that was free for both protocols a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const socket = createSocket('udp4')
    const isFree = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false))
      socket.bind(port, '127.0.0.1', () => resolve(true))
    })
    socket.close()
    server.close()
    await once(server, 'close')
    if (isFree) return port
  }
}

/** Starts a server and waits until it accepts connections on a port, or prints that it is ready. */
export async function startProgram(
  command: string,
  args: readonly string[],
  {
    folder,
    ready,
    keepsFolder = false,
    user,
  }: {
    readonly folder: string
    readonly ready: number | string
    readonly keepsFolder?: boolean
    /** Default: that of the test. */
    readonly user?: { readonly uid: number; readonly gid: number }
  },
): Promise<Program> {
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], ...user })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-10_000)
    })
  }
  const stop = async (): Promise<void> => {
    await end(child)
    if (!keepsFolder) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await until(`${command} to be ready`, async () => {
      if (child.exitCode !== null) throw new Error(`${command} ended: ${output}`)
      return (typeof ready === 'string' ? output.includes(ready) : await accepts(ready)) || undefined
    })
  } catch (error) {
    await stop()
    throw error
  }
  return { pid: child.pid as number, stop }
}

/** Waits until something is found. */
export async function until<T>(
  what: string,
  find: () => Promise<T | undefined> | T | undefined,
  seconds = 30,
): Promise<T> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const found = await find()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`waited ${seconds} s for ${what}`)
    await wait(50)
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(timer)
}
