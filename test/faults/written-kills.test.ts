import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fleet, fleet } from 'plimsoll/fleet'
import { openPage } from 'plimsoll/page'
import { headerBytes, heartbeatOffset } from '#src/page/layout.ts'
import { countOf, newFolder, start } from './processes.ts'

const kills = Number(process.env['PLIMSOLL_SOAK_WRITTEN_KILLS'] ?? 12)
const writersAtOnce = 4

/** What a writer had counted at a time, and in all, by its account. */
function accountOf(file: string, time: number): { readonly least: number; readonly most: number } {
  const bytes = readFileSync(file)
  const rows = new Float64Array(new Uint8Array(bytes.subarray(0, bytes.length - (bytes.length % 16))).buffer)
  let least = 0
  for (let i = 0; i < rows.length && (rows[i] as number) < time; i += 2) least = rows[i + 1] as number
  // It may have counted one more batch before it could say so.
  return { least, most: (rows.at(-1) ?? 0) + 20 }
}

/** Reads and compacts until it is stopped; the total never falls. */
class Watch {
  readonly falls: string[] = []
  readonly failures = new Set<string>()
  total = 0
  private isOver = false
  private readonly all: Fleet
  private readonly end: Promise<void>

  constructor(t: TestContext, dir: string) {
    this.all = fleet('written', {
      dir,
      compact: true,
      retentionSeconds: 0,
      onWarning: (error) => this.failures.add(error.message),
    })
    t.after(() => this.all.close())
    this.end = this.run()
  }

  look(): void {
    const total = countOf(this.all.read(), 'counts') ?? 0
    if (total < this.total) this.falls.push(`${this.total} to ${total}`)
    this.total = total
    // Before the first writer has come.
    const isExpected = (code: string): boolean => code === 'PLIMSOLL_FLEET_EMPTY' && total === 0
    for (const { error } of this.all.failures) if (!isExpected(error.code)) this.failures.add(error.message)
  }

  async stop(): Promise<void> {
    this.isOver = true
    await this.end
  }

  private async run(): Promise<void> {
    while (!this.isOver) {
      this.look()
      await sleep(20)
    }
  }
}

test(`${kills} killed writers of written pages lose no more than what came after their last heartbeat, and nothing counts twice`, async (t) => {
  const folder = newFolder(t)
  const dir = join(folder, 'pages')
  const accounts = join(folder, 'accounts')
  mkdirSync(accounts)
  const watch = new Watch(t, dir)
  const wrong: string[] = []
  let started = 0
  let counted = 0
  let heartbeats = 0
  const killOne = async (): Promise<void> => {
    const writer = start(t, 'written-counter', [dir, accounts])
    const file = await writer.line()
    const page = openPage(file)
    await sleep(Math.random() * 2500)
    writer.child.kill('SIGKILL')
    await writer.ended
    const header = Buffer.alloc(headerBytes)
    page.bytes.read(header, 0, 0)
    const heartbeat = header.readDoubleLE(heartbeatOffset)
    const snapshot = page.read()
    page.close()
    const count = countOf(snapshot, 'counts') ?? 0
    const { least, most } = accountOf(join(accounts, String(writer.pid)), heartbeat)
    if (count < least || count > most) wrong.push(`${count} is not within ${least} and ${most}`)
    if (snapshot.pages[0]?.state !== 'killed') wrong.push(`${file} is ${snapshot.pages[0]?.state}`)
    counted += count
    heartbeats += count > 0 ? 1 : 0
  }
  const lane = async (): Promise<void> => {
    while (started < kills) {
      started++
      await killOne()
    }
  }
  await Promise.all(Array.from({ length: writersAtOnce }, lane))
  await watch.stop()
  watch.look()
  t.diagnostic(`${counted} counted, of ${heartbeats} writers that had written what they counted`)
  assert.deepEqual([wrong, watch.falls, [...watch.failures]], [[], [], []])
  assert.equal(watch.total, counted)
  assert.ok(heartbeats > 0)
})
