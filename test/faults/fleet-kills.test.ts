import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fleet } from 'plimsoll/fleet'
import { systemClock } from '#src/clock.ts'
import { countOf, fixture, newFolder, start, until } from './processes.ts'

const kills = Number(process.env['PLIMSOLL_SOAK_FLEET_KILLS'] ?? 15)

/** Writers of all kinds, what they acknowledged, and who may be killed. */
class Writers {
  acknowledged = 0
  begun = 0
  /** Who has begun and was not killed since, as `<pid>-<tid>`. */
  readonly atWork = new Set<string>()
  readonly wrong: string[] = []
  /** Process ids of cluster workers, which their primary replaces. */
  readonly workers = new Set<number>()
  private readonly dir: string
  private isOver = false
  private readonly children = new Set<ChildProcess>()
  private readonly ends: Promise<unknown>[] = []

  constructor(t: TestContext, dir: string) {
    this.dir = dir
    t.after(() => this.killAll())
  }

  start(how: 'plain' | 'cluster' | 'threads'): ChildProcess {
    const child = spawn(process.execPath, [fixture('fleet-writer'), this.dir, how], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.children.add(child)
    let rest = ''
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.take(line, how)
    })
    // A worker that begins as its primary ends says so.
    child.stderr.setEncoding('utf8').on('data', (text) => this.isOver || this.wrong.push(text))
    child.stdin.on('error', () => {})
    // The pipe of a primary ends with the last of its workers.
    this.ends.push(once(child, 'close').then(() => this.children.delete(child)))
    return child
  }

  async killAll(): Promise<void> {
    this.isOver = true
    for (const child of this.children) child.kill('SIGKILL')
    await sleep(0)
    for (const pid of this.workers) killQuietly(pid)
    await Promise.all(this.ends)
  }

  /** Of a process that was killed, or of one of its threads that was terminated, the oldest. */
  forget(pid: number | undefined, most = Infinity): void {
    const own = [...this.atWork].filter((id) => id.startsWith(`${pid}-`))
    for (const id of own.slice(0, most)) this.atWork.delete(id)
  }

  private take(line: string, how: string): void {
    if (line === '+') {
      this.acknowledged++
      return
    }
    this.begun++
    this.atWork.add(line.slice(2))
    if (how === 'cluster') this.workers.add(Number(line.slice(2).split('-')[0]))
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone.
  }
}

test(`${kills} kills of workers, threads, children and folders leave a sum that never falls and that all agree on`, async (t) => {
  const dir = join(newFolder(t), 'pages')
  const writers = new Writers(t, dir)
  const plain = Array.from({ length: 3 }, () => writers.start('plain'))
  writers.start('cluster')
  let threads = writers.start('threads')
  const readers = ['read', 'compact', 'parts'].map((how) => start(t, 'fleet-reader', [dir, how]))
  for (const reader of readers) assert.equal(await reader.line(), 'ready')
  let folder = start(t, 'fleet-reader', [dir, 'compact'])
  /** So many counts may have been made and not acknowledged. */
  let inFlight = 8
  for (let killed = 0; killed < kills; killed++) {
    // Some are killed while they begin, but most at work.
    await until('half of the writers are at work', 5, () => writers.atWork.size >= 4).catch(() => {})
    await sleep(Math.random() * 30)
    const victim = killed % 5
    inFlight++
    if (victim < 2) {
      const i = Math.floor(Math.random() * plain.length)
      writers.forget(plain[i]?.pid)
      plain[i]?.kill('SIGKILL')
      plain[i] = writers.start('plain')
    } else if (victim === 2) {
      const [pid = 0] = writers.workers
      writers.workers.delete(pid)
      writers.forget(pid)
      if (pid > 0) process.kill(pid, 'SIGKILL')
    } else if (victim === 3 && killed % 4 === 0) {
      inFlight++
      writers.forget(threads.pid)
      threads.kill('SIGKILL')
      threads = writers.start('threads')
    } else if (victim === 3) {
      writers.forget(threads.pid, 1)
      threads.stdin?.write('terminate\n')
    } else {
      folder.child.kill('SIGKILL')
      folder = start(t, 'fleet-reader', [dir, 'compact'])
    }
  }
  await sleep(200)
  await writers.killAll()
  const clock = { ...systemClock, unixTime: () => systemClock.unixTime() + 100 }
  const last = fleet('fleet', { dir, clock, retentionSeconds: 0, compact: true })
  t.after(() => last.close())
  last.read()
  const sums = []
  for (const reader of readers) {
    reader.tell('end')
    sums.push(JSON.parse(await reader.line()))
  }
  for (const { child } of [...readers, folder]) child.kill('SIGKILL')
  await Promise.all([...readers, folder].map(({ ended }) => ended))
  const total = countOf(last.read(), 'counts') ?? 0
  t.diagnostic(JSON.stringify({ total, acknowledged: writers.acknowledged, begun: writers.begun, sums }))
  assert.deepEqual([...writers.wrong, ...sums.flatMap(({ wrong }) => wrong)], [])
  assert.ok(total >= writers.acknowledged && total <= writers.acknowledged + inFlight)
  assert.deepEqual(
    sums.map(({ counts }) => counts),
    [total, total, total],
  )
  assert.ok(sums.every(({ reads, archived }) => reads > kills && archived > 0))
  const left = readdirSync(dir).filter((name) => !name.startsWith('.'))
  assert.deepEqual([left.length, left[0]?.endsWith('.archive')], [1, true])
})
