import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { listPages, readPage } from 'plimsoll/page'
import { checkPage } from './fixtures/check-page.ts'
import { newFolder, start } from './processes.ts'

const kills = Number(process.env['PLIMSOLL_SOAK_KILLS'] ?? 15)
const writersAtOnce = 4
const keptPages = 8

test(`${kills} writers killed at any instant leave only pages that readers agree with`, async (t) => {
  const folder = newFolder(t)
  const dir = join(folder, 'pages')
  const accounts = join(folder, 'accounts')
  mkdirSync(accounts)
  const readers = ['once', 'again'].map((how) => start(t, 'kill-reader', [dir, accounts, how]))
  const outcome = { killed: 0, withoutPage: 0, beforeUse: 0, inUse: 0, wrong: [] as string[] }
  const old: string[] = []
  let started = 0
  const lane = async (): Promise<void> => {
    while (started < kills) {
      const file = await killOne(t, dir, accounts, ++started, outcome)
      if (file !== undefined) old.push(file)
      while (old.length > keptPages) unlinkSync(old.shift() as string)
    }
  }
  await Promise.all(Array.from({ length: writersAtOnce }, lane))
  const found = []
  for (const reader of readers) {
    reader.child.stdin?.end()
    found.push(JSON.parse(await reader.line()))
  }
  const unfinished = readdirSync(dir).filter((name) => name.startsWith('.')).length
  t.diagnostic(JSON.stringify({ ...outcome, unfinished, readers: found }))
  assert.deepEqual([...outcome.wrong, ...found.flatMap(({ wrong }) => wrong)], [])
  assert.equal(outcome.killed, kills)
  assert.ok(found.every(({ reads }) => reads > kills / 2))
})

interface Outcome {
  killed: number
  /** How far they had come: no page yet, a page but publish() had not returned, or at work. */
  withoutPage: number
  beforeUse: number
  inUse: number
  readonly wrong: string[]
}

/** Lets a writer live for a random time, kills it, and checks what it left. Gives its page, if there is one. */
async function killOne(t: TestContext, dir: string, accounts: string, seed: number, outcome: Outcome) {
  const writer = start(t, 'counting-writer', [dir, accounts, String(seed)])
  // A fifth dies while Node starts, two fifths while the page is made, the rest in the middle of their work.
  if (seed % 5 === 0) {
    await sleep(Math.random() * 80)
  } else {
    await writer.line()
    await sleep(seed % 5 < 3 ? Math.random() * 20 : 20 + Math.random() * 200)
  }
  writer.child.kill('SIGKILL')
  const { signal, stderr } = await writer.ended
  if (signal === 'SIGKILL') outcome.killed++
  else outcome.wrong.push(`writer ${seed} ended by itself: ${stderr}`)
  const file = listPages(dir).find((name) => name.includes(`-${writer.pid}-0-`))
  if (file === undefined) {
    outcome.withoutPage++
    return undefined
  }
  const [most = 0, least = 0] = new Float64Array(
    new Uint8Array(readFileSync(join(accounts, String(writer.pid)))).buffer,
  )
  if (least > 0) outcome.inUse++
  else outcome.beforeUse++
  const snapshot = readPage(file)
  outcome.wrong.push(...checkPage(snapshot, { least, most }, new Map()))
  if (snapshot.pages[0]?.state !== 'killed') outcome.wrong.push(`${file} is ${snapshot.pages[0]?.state}`)
  return file
}
