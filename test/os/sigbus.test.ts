import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { memoryPageSize } from '#src/os/map.ts'
import { handlerCode } from '#src/os/sigbus-code.ts'
import { needsPackage } from '../support/debian.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const unguarded = handlerCode(process.arch) === undefined && `no handler for ${process.arch}`
const guarded = { skip: unguarded }

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-sigbus-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}.js`, import.meta.url))
}

/** Runs a fixture to its end: how it ended and what it said. */
function run(name: string, ...args: string[]) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [fixture(name), ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, signal, stdout, stderr }
}

const killed = { status: null, signal: 'SIGBUS', stdout: '', stderr: '' }

test('a process whose page is cut short under its stores goes on', guarded, (t) => {
  assert.deepEqual(run('cut-short', newFolder(t), '0'), { status: 0, signal: null, stdout: '2\n', stderr: '' })
})

test('a worker thread whose page is cut short goes on, and the main thread counts what it lost', guarded, (t) => {
  assert.deepEqual(run('cut-short', newFolder(t), '1'), { status: 0, signal: null, stdout: '2\n', stderr: '' })
})

test('eight worker threads whose pages are cut short at once all go on under one guard', guarded, (t) => {
  assert.deepEqual(run('cut-short', newFolder(t), '8'), { status: 0, signal: null, stdout: '16\n', stderr: '' })
})

test('a page cut short from outside while a loop stores loses only what was behind the cut', guarded, async (t) => {
  const path = join(newFolder(t), 'page')
  assert.deepEqual(await disturb(path, () => truncateSync(path, memoryPageSize())), { code: 0, said: 'mapped\n3\n' })
})

test('a page deleted under its mapping causes no fault at all', guarded, async (t) => {
  const path = join(newFolder(t), 'page')
  assert.deepEqual(await disturb(path, () => unlinkSync(path)), { code: 0, said: 'mapped\n0\n' })
})

/** Starts a process that stores into the page at `path`, does something to the page, and ends the process. */
async function disturb(path: string, act: () => void) {
  const child = spawn(process.execPath, [fixture('cut-under-way'), path])
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  await once(child.stdout, 'data')
  act()
  child.stdin.end()
  const [code] = await once(child, 'close')
  return { code, said }
}

test('a fault in memory that is not ours kills as it did before, with the guard and without', (t) => {
  assert.deepEqual(run('foreign-fault', newFolder(t), 'fault'), killed)
  assert.deepEqual(run('foreign-fault', newFolder(t), 'guard', 'fault'), killed)
})

test('a fault that the process had asked to ignore kills as it did before', (t) => {
  assert.deepEqual(run('foreign-fault', newFolder(t), 'ignore', 'fault'), killed)
  assert.deepEqual(run('foreign-fault', newFolder(t), 'ignore', 'guard', 'fault'), killed)
})

test('a handler that was there before is called for faults that are not ours', (t) => {
  const exited = { status: 7, signal: null, stdout: '', stderr: '' }
  assert.deepEqual(run('foreign-fault', newFolder(t), 'exit-handler', 'guard', 'fault'), exited)
  assert.deepEqual(run('foreign-fault', newFolder(t), 'exit-handler-siginfo', 'guard', 'fault'), exited)
})

test('SIGBUS sent by another process kills, calls the handler before ours, or is ignored, as it was before', async (t) => {
  assert.deepEqual(await sendSigbus(t, 'guard'), { code: null, signal: 'SIGBUS' })
  assert.deepEqual(await sendSigbus(t, 'exit-handler', 'guard'), { code: 7, signal: null })
  assert.deepEqual(await sendSigbus(t, 'ignore', 'guard'), { code: 0, signal: null })
})

async function sendSigbus(t: TestContext, ...steps: string[]) {
  const child = spawn(process.execPath, [fixture('foreign-fault'), newFolder(t), ...steps, 'wait'])
  await once(child.stdout, 'data')
  child.kill('SIGBUS')
  child.stdin.on('error', () => {})
  child.stdin.end()
  const [code, signal] = await once(child, 'exit')
  return { code, signal }
}

test('two copies of the package in one process share one guard and one count', guarded, (t) => {
  const folder = newFolder(t)
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const result = run('two-copies', folder, join(root, 'dist/os/map.js'), join(folder, 'dist/os/map.js'))
  const stdout = '{"different":true,"seen":[[1,1],[2,2]]}\n'
  assert.deepEqual(result, { status: 0, signal: null, stdout, stderr: '' })
})

for (const [architecture, prefix, debianPackage] of [
  ['x64', 'x86_64-linux-gnu-', 'binutils-x86-64-linux-gnu'],
  ['arm64', 'aarch64-linux-gnu-', 'binutils-aarch64-linux-gnu'],
] as const) {
  test(`the machine code for ${architecture} is what its source assembles to`, (t) => {
    const assembler = needsPackage(debianPackage, `${prefix}as`)
    if ('missing' in assembler) {
      t.skip(assembler.missing)
      return
    }
    const object = join(newFolder(t), 'sigbus.o')
    execFileSync(assembler.path, ['-o', object, join(root, `scripts/sigbus/sigbus-${architecture}.S`)])
    execFileSync(`${prefix}objcopy`, ['-O', 'binary', '-j', '.text', object, `${object}.bin`])
    assert.equal(readFileSync(`${object}.bin`).toString('hex'), handlerCode(architecture)?.toString('hex'))
  })
}

test('threads that sweep at once unmap what one left that is gone, and nothing of the living', guarded, (t) => {
  const stdout = '1 swept, 1 written, stage 3\n'
  assert.deepEqual(run('sweepers', newFolder(t)), { status: 0, signal: null, stdout, stderr: '' })
})

test('mapping and unmapping 10,000 times leaves no mapping behind and the guard at work', guarded, (t) => {
  const stdout = '{"left":1,"leftAtEnd":0,"lost":1}\n'
  assert.deepEqual(run('churn', newFolder(t), '10000'), { status: 0, signal: null, stdout, stderr: '' })
})
