import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { after, describe, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { listPages, openPage, readPage } from 'plimsoll/page'
import type { Buckets, Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { needsPackage } from '../support/debian.ts'
import { mappedOnly } from '../support/written.ts'

const python = needsPackage('python3', 'python3')
const skip = 'missing' in python ? python.missing : false
const golden = 'test/page/golden'
const reader = 'test/page/python/read_page.py'
const dir = mkdtempSync(join(tmpdir(), 'plimsoll-python-'))
after(() => rmSync(dir, { recursive: true }))

describe('A reader written in Python from the document alone', { skip }, () => {
  const clock = new ManualClock()
  const pages = skip ? [] : readdirSync(golden).filter((file) => file.endsWith('.page'))
  // All at once, as to start Python takes longest.
  const files = pages.map((name) => `${golden}/${name}`)
  const texts = pages.length === 0 ? [] : inPython(clock.unixTime(), files)
  for (const [i, name] of pages.entries()) {
    test(`reads the golden page ${name} like ours`, () => {
      const ours = readPage(`${golden}/${name}`, { clock })
      assert.deepEqual(pythonReads(name, ours, texts[i]), { live: false, families: comparable(ours) })
    })
  }

  test('reads a live page like ours, and the same page after its end', mappedOnly, () => {
    const registry = new Registry()
    const publication = publish({ registry, dir })
    const file = publication.file ?? assert.fail(publication.error)
    const calls = registry.counter('calls', { labels: ['n'] })
    for (let n = 0; n < 1000; n++) calls.labels({ n }).add(n / 8)
    const sizes = registry.histogram('sizes')
    for (let n = 0; n < 5000; n++) sizes.record(n * 1.37)
    registry.timer('times', { buckets: [0.5, 1] }).record(0.75)
    const last = registry.read()
    assert.deepEqual(pythonReads(file, last), { live: true, families: comparable(last) })
    publication.close()
    assert.deepEqual(pythonReads(file, last), { live: false, families: comparable(last) })
  })

  test('reads a live page like ours while series go and the page is replaced', mappedOnly, () => {
    const registry = new Registry()
    const publication = publish({ registry, dir, maxBytes: 2 ** 17 })
    const file = publication.file ?? assert.fail(publication.error)
    const calls = registry.counter('calls', { labels: ['n'] })
    for (let n = 0; n < 1200; n++) {
      calls.labels({ n }).add(n)
      if (n >= 3) calls.remove({ n: n - 3 })
    }
    const last = registry.read()
    assert.deepEqual(pythonReads(file, last), { live: true, families: comparable(last) })
    publication.close()
  })

  test('does not believe a copy of a live page to be live', mappedOnly, () => {
    const publication = publish({ registry: new Registry(), dir })
    const copy = join(dir, 'copy.page')
    copyFileSync(publication.file ?? '', copy)
    const same = readPage(copy)
    assert.equal(pythonReads(publication.file ?? '', same).live, true)
    assert.equal(pythonReads(copy, same).live, false)
    publication.close()
  })
})

describe('A writer written in Python from the document alone', { skip }, () => {
  test('makes a page that ours reads, live and after a SIGKILL', async () => {
    const writer = await startWriter('kill')
    const values = [0, 1, 1.0000000000000002, 2, 3, 1500, 1e-310, 2 ** -1022, 1.383909881963832, Math.SQRT2, 1e300]
    const same = new Registry()
    for (const value of values) {
      same.histogram('h').record(value)
      await writer.tell(`record h ${value}`)
    }
    for (const value of [-5, 1, 10, 10.5, 1000]) {
      same.histogram('e', { buckets: [1, 10, 100] }).record(value)
      await writer.tell(`explicit e ${value}`)
    }
    same.counter('c').add(7.5)
    await writer.tell('counter c 7')
    await writer.tell('counter c 0.5')
    same.gauge('g').set(-2)
    await writer.tell('gauge g -2')
    same.meter('m').mark(4)
    await writer.tell('meter m 4')
    for (const value of [1.5, -2]) {
      same.average('a').record(value)
      await writer.tell(`average a ${value}`)
    }
    const live = readPage(writer.file)
    assert.equal(live.pages[0]?.state, 'live')
    assert.equal(live.pages[0]?.pid, writer.process.pid)
    assert.deepEqual(live.families, same.read().families)
    writer.process.kill('SIGKILL')
    await once(writer.process, 'close')
    const left = readPage(writer.file)
    assert.equal(left.pages[0]?.state, 'killed')
    assert.deepEqual(left.families, live.families)
  })

  test('grows its page over many chunks, uses cells again, and ends it in good order', async () => {
    const writer = await startWriter('grow')
    await writer.tell('fill many 5000')
    const [family] = readPage(writer.file).families
    assert(family?.kind === 'counter')
    assert.deepEqual(
      family.series,
      Array.from({ length: 5000 }, (_, n) => ({ labels: { n: `series ${n}` }, value: n })),
    )
    const page = openPage(writer.file)
    page.read()
    await writer.tell('remove many')
    await writer.tell('fill others 3')
    const others = Array.from({ length: 3 }, (_, n) => ({ labels: { n: `series ${n}` }, value: n }))
    for (const { families } of [page.read(), readPage(writer.file)]) {
      assert.deepEqual(
        families.map(({ name, series }) => [name, series]),
        [['others', others]],
      )
    }
    page.close()
    await writer.tell('end')
    assert.equal(readPage(writer.file).pages[0]?.state, 'exited')
    writer.process.stdin.end()
    await once(writer.process, 'close')
  })
})

interface PythonWriter {
  readonly process: ChildProcessWithoutNullStreams
  readonly file: string
  tell(command: string): Promise<void>
}

async function startWriter(folder: string): Promise<PythonWriter> {
  const process = spawn(path(), ['test/page/python/write_page.py', join(dir, folder)])
  process.stderr.pipe(globalThis.process.stderr)
  const answers: Interface = createInterface(process.stdout)
  const lines = answers[Symbol.asyncIterator]()
  const next = async (): Promise<string> => (await lines.next()).value ?? assert.fail('the writer has ended')
  const file = await next()
  assert.deepEqual(listPages(join(dir, folder)), [file])
  return {
    process,
    file,
    async tell(command) {
      process.stdin.write(`${command}\n`)
      assert.equal(await next(), 'ok')
    },
  }
}

function path(): string {
  return 'path' in python ? python.path : assert.fail(python.missing)
}

interface SparseBuckets {
  scale?: number
  counts: Record<string, number>
}

interface SparseDistribution {
  readonly buckets?: SparseBuckets
  readonly recent?: Readonly<Record<string, { readonly buckets: SparseBuckets }>>
}

interface SparseFamily {
  readonly series: readonly SparseDistribution[]
}

/** What the reader in Python prints of each file. */
function inPython(now: number, files: readonly string[]): string[] {
  return execFileSync(path(), [reader, '--now', String(now), ...files], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
}

/** What the reader in Python says, its exponential buckets joined to the scale that ours has chosen. */
function pythonReads(
  file: string,
  ours: Snapshot,
  text: string = inPython(ours.takenAt, [file])[0] ?? '',
): { live: boolean; families: readonly SparseFamily[] } {
  const { live, families } = JSON.parse(text) as { live: boolean; families: readonly SparseFamily[] }
  for (const [f, family] of comparable(ours).entries()) {
    for (const [s, series] of family.series.entries()) {
      const found = allBuckets(families[f]?.series[s])
      for (const [which, { scale }] of Object.entries(allBuckets(series))) {
        if (scale !== undefined && found[which] !== undefined) joinTo(scale, found[which])
      }
    }
  }
  return { live, families }
}

/** The buckets of a distribution and of its recent windows, by name. */
function allBuckets({ buckets, recent = {} }: SparseDistribution = {}): Record<string, SparseBuckets> {
  const windows = Object.entries(recent).map(([name, window]) => [name, window.buckets])
  return { ...(buckets && { all: buckets }), ...Object.fromEntries(windows) }
}

function joinTo(scale: number, buckets: SparseBuckets): void {
  const joined: Record<string, number> = {}
  for (const [index, n] of Object.entries(buckets.counts)) {
    const at = Math.floor(Number(index) / 2 ** (5 - scale))
    joined[at] = (joined[at] ?? 0) + n
  }
  Object.assign(buckets, { scale, counts: joined })
}

/** The families as JSON has them, with exponential buckets by index and without the empty ones. */
function comparable({ families }: Snapshot): readonly SparseFamily[] {
  return JSON.parse(JSON.stringify(families, (key, value) => (key === 'buckets' ? sparse(value) : value)))
}

function sparse(buckets: Buckets): unknown {
  if ('bounds' in buckets) return buckets
  const { scale, zero, offset, counts } = buckets
  const filled = counts.map((n, i): [number, number] => [offset + i, n]).filter(([, n]) => n !== 0)
  return { scale, zero, counts: Object.fromEntries(filled) }
}
