import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync, rmSync, statSync, truncateSync, unlinkSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { PlimsollError } from 'plimsoll'
import { listPages, readPage } from 'plimsoll/page'
import { countOf, newFolder, start, untilAsync } from './processes.ts'

/** A process looks at its page at each heartbeat, and at each tenth one at what the directory says of the file. */
const most = { atOnce: 3, later: 12 }

/** What the app says of itself. */
interface State {
  readonly tid: number
  readonly file: string
  readonly error: string | undefined
  readonly warnings: readonly string[]
  readonly beats: number
  readonly sales: number
  readonly prices: number
}

interface Disturbance {
  readonly what: string
  readonly act: (file: string) => void
  /** What readers may then say of the file; empty when there is nothing to read. */
  readonly codes: readonly string[]
  /** Whether the writer runs into it at once, or sees it when it next looks at the file. */
  readonly atOnce: boolean
}

const disturbances: readonly Disturbance[] = [
  { what: 'is deleted', act: unlinkSync, codes: [], atOnce: false },
  {
    what: 'goes with its directory',
    act: (file) => rmSync(dirname(file), { recursive: true }),
    codes: [],
    atOnce: false,
  },
  {
    what: 'is cut to nothing',
    act: (file) => truncateSync(file, 0),
    codes: ['PLIMSOLL_PAGE_DAMAGED', 'PLIMSOLL_PAGE_UNKNOWN'],
    atOnce: true,
  },
  {
    what: 'is cut to half',
    act: (file) => truncateSync(file, Math.floor(statSync(file).size / 8192) * 4096),
    codes: ['PLIMSOLL_PAGE_DAMAGED'],
    atOnce: true,
  },
  {
    what: 'is overwritten with noise',
    act: (file) => overwrite(file, randomBytes(statSync(file).size)),
    codes: ['PLIMSOLL_PAGE_UNKNOWN'],
    atOnce: true,
  },
  {
    what: 'is overwritten with zeros',
    act: (file) => overwrite(file, Buffer.alloc(statSync(file).size)),
    codes: ['PLIMSOLL_PAGE_UNKNOWN'],
    atOnce: true,
  },
]

test('an app whose page is lost under its stores goes on, with one warning', { concurrency: true }, async (t) => {
  const cases = ['main', 'worker'].flatMap((thread) => disturbances.map((one) => ({ thread, ...one })))
  const name = ({ thread, what }: (typeof cases)[number]) => `when the page of the ${thread} thread ${what}`
  await Promise.all(cases.map((one) => t.test(name(one), (t) => disturb(t, one.thread, one))))
})

async function disturb(t: TestContext, thread: string, { act, codes, atOnce }: Disturbance) {
  const dir = join(newFolder(t), 'pages')
  const shop = start(t, 'shop', [dir, atOnce ? 'busy' : 'calm', thread])
  assert.equal(await shop.line(), 'ready')
  const ask = async (): Promise<State> => {
    shop.tell('state')
    return JSON.parse(await shop.line())
  }
  const askFor = async (isReached: (state: State) => boolean): Promise<State | false> => {
    const state = await ask()
    return isReached(state) && state
  }
  const before = await ask()
  assert.equal(before.tid === 0, thread === 'main')
  act(before.file)
  const said = readersSay(before.file)
  assert.ok(said === undefined ? codes.length === 0 : codes.includes(said), `readers say ${said}`)
  const state = await untilAsync('a warning', 12, () => askFor(({ warnings }) => warnings.length > 0))
  const beats = state.beats - before.beats
  t.diagnostic(`noticed after ${beats} heartbeats`)
  assert.ok(beats <= (atOnce ? most.atOnce : most.later), `noticed after ${beats} heartbeats`)
  // At further heartbeats nothing is reported twice.
  const last = await untilAsync('two heartbeats', 3, () => askFor(({ beats }) => beats >= state.beats + 2))
  const lost = { error: 'PLIMSOLL_PAGE_LOST', warnings: ['PLIMSOLL_PAGE_LOST'] }
  assert.deepEqual({ error: last.error, warnings: last.warnings }, lost)
  assert.ok(last.sales > state.sales && last.prices > state.prices, 'it goes on to count')
  assert.equal(readersSay(before.file), undefined, 'its writer takes away what is no page any more')
  // The main thread has a page of its own beside the worker's.
  const others = listPages(dir).filter((file) => file !== before.file)
  assert.equal(others.length, thread === 'worker' && existsSync(dir) ? 1 : 0)
  for (const file of others) assert.ok((countOf(readPage(file), 'sales') ?? 0) > 0)
  shop.child.stdin?.end()
  assert.equal((await shop.ended).code, 0)
}

/** The code of the error with which a file cannot be read, 'a snapshot' when it can; undefined when it is not there. */
function readersSay(file: string): string | undefined {
  try {
    readPage(file)
    return 'a snapshot'
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    return error.code === 'PLIMSOLL_PAGE_UNREADABLE' ? undefined : error.code
  }
}

function overwrite(file: string, bytes: Buffer): void {
  const fd = openSync(file, 'r+')
  writeSync(fd, bytes, 0, bytes.length, 0)
  closeSync(fd)
}
