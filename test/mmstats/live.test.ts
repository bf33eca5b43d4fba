import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { counter64, type MmstatsReader, mmstats, openMmstats, string } from 'plimsoll/mmstats'
import { newFolder } from './mmstats-file.ts'

const fixtures = new URL('../../../test/mmstats/fixtures/', import.meta.url)
const compiled = new URL('fixtures/', import.meta.url)
const python = hasPython() ? false : 'python3 is not installed'

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import struct, mmap'])
    return true
  } catch {
    return false
  }
}

/** Starts a program that ends with its input, and gives its first line. */
async function start(t: TestContext, command: string, args: readonly string[]): Promise<[ChildProcess, string]> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const [line] = await once(createInterface(child.stdout), 'line')
  return [child, line as string]
}

function startNode(t: TestContext, name: string, ...args: string[]): Promise<[ChildProcess, string]> {
  return start(t, process.execPath, [fileURLToPath(new URL(name, compiled)), ...args])
}

function open(t: TestContext, file: string): MmstatsReader {
  const reader = openMmstats(file)
  t.after(() => reader.close())
  return reader
}

/** Reads until numbers have risen often, and returns what must not be: a number that fell, a text that was never written. */
async function watch(reader: MmstatsReader, numbers: readonly string[], isText: (text: string) => boolean) {
  const last = new Map<string, number | bigint>()
  const wrong: unknown[] = []
  let rose = 0
  for (let reads = 0; rose < 200 || reads < 2000; reads++) {
    if (reads % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    for (const { label, value } of reader.fields().fields) {
      if (label === 'name' && !isText(value as string)) wrong.push(value)
      if (!numbers.includes(label)) continue
      const before = last.get(label)
      if (before !== undefined && before > (value as number)) wrong.push([label, before, value])
      if (before !== undefined && before < (value as number)) rose++
      last.set(label, value as number)
    }
  }
  return wrong
}

test('While a process writes without a pause, no counter falls and no texts mix', async (t) => {
  const [, file] = await startNode(t, 'writer.js', newFolder(t))
  const reader = open(t, file)
  const isText = (text: string): boolean => /^(a{64}|b{55}|c{46}|d{37}|e{28}|f{19}|g{10}|)$/.test(text)
  assert.deepEqual(await watch(reader, ['hits', 'ratio'], isText), [])
  assert.equal(reader.life(), 'live')
})

test('While a Python program writes without a pause, no counter falls', { skip: python }, async (t) => {
  const script = fileURLToPath(new URL('old_writer.py', fixtures))
  const [child, file] = await start(t, 'python3', [script, join(newFolder(t), 'py.mmstats')])
  const reader = open(t, file)
  assert.deepEqual(await watch(reader, ['py.hits', 'py.ratio'], () => true), [])
  const lives = [reader.life()]
  child.kill('SIGKILL')
  await once(child, 'exit')
  lives.push(reader.life())
  const { pid, state } = reader.read().pages[0] ?? {}
  assert.deepEqual([lives, pid, state], [['live', 'exited'], child.pid, 'exited'])
})

test('A reader in Python finds the fields of a model', { skip: python }, (t) => {
  const options = { path: newFolder(t), defaultFields: false, labelPrefix: 'wéb.' }
  const stats = mmstats({ hits: counter64(), name: string(12) }, options)
  t.after(() => stats.close())
  stats.hits.inc(2 ** 53 - 1)
  stats.name.set('grün')
  const out = execFileSync('python3', [fileURLToPath(new URL('old_reader.py', fixtures)), stats.file as string])
  assert.deepEqual(JSON.parse(out.toString()), [
    ['wéb.hits', 'Q', '9007199254740991'],
    ['wéb.name', '21s', 'grün'],
  ])
})

test('Each thread has a file of its own, which tells when that thread alone has ended', async (t) => {
  const [child, line] = await startNode(t, 'threads.js', newFolder(t))
  const readers = (JSON.parse(line) as string[]).map((file) => open(t, file))
  const look = (): unknown => readers.map((reader) => [reader.life(), reader.read().families[0]?.series[0]])
  const tids = readers.map((reader) => reader.read().pages[0]?.tid)
  const before = look()
  child.stdin?.write('end it\n')
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  const between = look()
  child.stdin?.end()
  await once(child, 'exit')
  const counted = { labels: {}, value: 1 }
  assert.deepEqual(
    [before, between, look(), tids[0], (tids[1] ?? 0) > 0],
    [
      [
        ['live', counted],
        ['live', counted],
      ],
      [
        ['live', counted],
        ['exited', counted],
      ],
      [
        ['exited', counted],
        ['exited', counted],
      ],
      0,
      true,
    ],
  )
})
