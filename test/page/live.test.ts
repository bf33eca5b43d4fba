import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { openPage, readPage } from 'plimsoll/page'
import type { FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import { mappingUnavailable } from '#src/os/map.ts'
import { mappedOnly } from '../support/written.ts'

const skip = mappingUnavailable()?.message ?? mappedOnly.skip
const dir = mkdtempSync(join(tmpdir(), 'plimsoll-live-'))
const writers: ChildProcess[] = []
after(() => {
  for (const writer of writers) writer.kill('SIGKILL')
  rmSync(dir, { recursive: true })
})

const patterns = [0x0102030405060708n, 0x1f2e3d4c5b6a7988n].map((bits) => {
  return new Float64Array(BigUint64Array.of(bits).buffer)[0] as number
})

interface Reached {
  readonly first: number
  readonly second: number
  readonly grown: number
}

interface LiveWriter {
  readonly process: ChildProcess
  readonly file: string
  reached(): Promise<Reached>
}

async function startWriter(): Promise<LiveWriter> {
  const writer = spawn(process.execPath, ['build/test/page/fixtures/full-speed.js', dir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  writers.push(writer)
  const lines = createInterface(writer.stdout)[Symbol.asyncIterator]()
  const next = async (): Promise<string> => (await lines.next()).value ?? assert.fail('the writer has ended')
  return {
    process: writer,
    file: await next(),
    async reached() {
      writer.stdin.write('?\n')
      return JSON.parse(await next())
    },
  }
}

function family<K extends FamilySnapshot['kind']>(
  { families }: Snapshot,
  kind: K,
  name: string,
): FamilySnapshot & { kind: K } {
  const found = families.find((one) => one.name === name)
  assert(found?.kind === kind)
  return found as FamilySnapshot & { kind: K }
}

function value(snapshot: Snapshot, name: string): number {
  return family(snapshot, 'counter', name).series[0]?.value ?? assert.fail(name)
}

/** Where the cell of a series without labels is, from the log; and the page, open. */
function cellOf(file: string, name: string): { fd: number; position: number } {
  const fd = openSync(file, 'r')
  const log = Buffer.alloc(8192)
  readSync(fd, log, 0, log.length, 4096)
  const lines = log
    .toString()
    .split('\n')
    .slice(0, 12)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const { family: of } = lines.find((line) => line.name === name) ?? assert.fail(name)
  const at = lines.find((line) => line.of === of)?.at
  assert(typeof at === 'number')
  return { fd, position: at * 8 }
}

test('A page read while it is written and grows shows counts that never fall, fit together and are never ahead', {
  skip,
}, async () => {
  const writer = await startWriter()
  const page = openPage(writer.file)
  let before = { first: 0, second: 0, grown: 0, count: 0, sum: 0 }
  for (let turn = 0; turn < 10; turn++) {
    for (let i = 0; i < 100; i++) {
      const snapshot = page.read()
      const grown = family(snapshot, 'counter', 'grown').series
      const [sizes] = family(snapshot, 'histogram', 'sizes').series
      const now = {
        first: value(snapshot, 'first'),
        second: value(snapshot, 'second'),
        grown: grown.length,
        count: sizes?.count ?? 0,
        sum: sizes?.sum ?? 0,
      }
      for (const name of ['first', 'second', 'grown', 'count', 'sum'] as const) {
        assert(now[name] >= before[name], `${name} fell from ${before[name]} to ${now[name]}`)
      }
      // Both lie in one chunk, and the one that is copied first is stored first.
      assert(now.first >= before.second && now.second >= before.first - 1)
      assert(grown.every((one) => one.value <= 1))
      before = now
    }
    const reached = await writer.reached()
    assert(before.first <= reached.first && before.second <= reached.second && before.grown <= reached.grown)
    assert(before.count <= reached.first)
  }
  writer.process.kill('SIGKILL')
  await once(writer.process, 'close')
  const last = page.read()
  assert.equal(last.pages[0]?.state, 'killed')
  assert(value(last, 'first') >= before.first)
  assert.deepEqual(readPage(writer.file).families, last.families)
  page.close()
})

test('A cell is never seen torn: of two numbers without a byte in common, only these are read, 100,000 times', {
  skip,
}, async () => {
  const writer = await startWriter()
  const page = openPage(writer.file)
  const seen = new Map<number, number>()
  const whole = family(page.read(), 'gauge', 'flip').series[0]?.value
  assert(whole !== undefined)
  const { position, fd } = cellOf(writer.file, 'flip')
  const cells = new Float64Array(512)
  for (let i = 0; i < 100_000; i++) {
    readSync(fd, cells, 0, cells.byteLength, position - (position % 4096))
    const found = cells[(position % 4096) / 8] as number
    seen.set(found, (seen.get(found) ?? 0) + 1)
  }
  closeSync(fd)
  for (let i = 0; i < 500; i++) {
    const found = family(page.read(), 'gauge', 'flip').series[0]?.value ?? 0
    seen.set(found, (seen.get(found) ?? 0) + 1)
  }
  page.close()
  writer.process.kill('SIGKILL')
  await once(writer.process, 'close')
  assert.deepEqual([...seen.keys()].sort(), [...patterns].sort())
})
