/** Processes that `plimsoll stack` and `plimsoll profile` look into. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { register } from '../support/command.ts'
import { mappedOnly } from '../support/written.ts'
import { newFolder, plimsoll } from './processes.ts'

const fixture = fileURLToPath(new URL('fixtures/inspected.js', import.meta.url))
export const linux = process.platform === 'linux' ? {} : { skip: 'needs /proc' }
/** A written page does not say of a blocked process how to reach it. */
export const blocked = { skip: linux.skip || mappedOnly.skip }

export interface Inspected {
  readonly dir: string
  readonly pid: number
  readonly child: ChildProcess
  readonly output: string[]
  run(command: string, ...args: string[]): ReturnType<typeof plimsoll>
  line(wanted: string): Promise<void>
}

/** `descriptors`: how many it may open. Its inspector opens at any free port, as the usual one is that of all processes of the machine. */
export async function start(
  t: TestContext,
  act: string,
  flags: readonly string[] = ['--inspect-port=0', '--import', register],
  dir: string = newFolder(t),
  descriptors?: number,
): Promise<Inspected> {
  const command = [process.execPath, ...flags, fixture, act]
  const limited = descriptors === undefined ? [] : ['sh', '-c', `ulimit -n ${descriptors}; exec "$0" "$@"`]
  const [program = '', ...args] = [...limited, ...command]
  const child = spawn(program, args, {
    env: { ...process.env, PLIMSOLL_DIR: dir, PLIMSOLL_APP: 'shop' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const output: string[] = []
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) =>
    output.push(line),
  )
  const line = async (wanted: string): Promise<void> => {
    while (!output.includes(wanted)) await once(lines, 'line')
  }
  await line('ready')
  const pid = child.pid as number
  return {
    dir,
    pid,
    child,
    output,
    line,
    run: (command, ...args) => plimsoll(command, String(pid), '--dir', dir, ...args),
  }
}

/** Waits until the main thread of the process has run for a while without an end. */
export async function untilBusy({ pid }: Inspected): Promise<void> {
  const used = (): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
    return Number(fields[11])
  }
  for (let before = used(), rounds = 0; rounds < 5; ) {
    await delay(100)
    const now = used()
    // In ticks of 10 ms.
    rounds = now - before >= 1 ? rounds + 1 : 0
    before = now
  }
}
