import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { isInLockTable } from '#src/os/lock-table.ts'
import {
  isLocked,
  lockExclusive,
  mappingUnavailable,
  mapShared,
  memoryPageSize,
  reserve,
  unmapShared,
} from '#src/os/map.ts'

const lockHolder = fileURLToPath(new URL('fixtures/lock-holder.js', import.meta.url))
const mapModule = new URL('../../../dist/os/map.js', import.meta.url).href

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-map-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

function newFile(t: TestContext): string {
  const path = join(newFolder(t), 'page')
  writeFileSync(path, '')
  return path
}

function open(t: TestContext, path: string): number {
  const fd = openSync(path, 'r+')
  t.after(() => closeSync(fd))
  return fd
}

function diskFull(length: number, offset: number, errno: string): { code: string; message: string } {
  return {
    code: 'PLIMSOLL_DISK_FULL',
    message:
      `No room for ${length} bytes at offset ${offset} of a page: ${errno}. Run "plimsoll clean" to remove the pages of ` +
      'ended processes, enlarge the file system ("size" of a tmpfs, "sizeLimit" of an emptyDir), raise the quota or the ' +
      'file size limit, or set PLIMSOLL_DIR to a directory with more room.',
  }
}

test('memory can be mapped on 64-bit Linux, in pages of the size that getconf tells', () => {
  assert.equal(mappingUnavailable(), undefined)
  assert.equal(memoryPageSize(), Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' })))
})

test("where Node is for glibc, koffi's binary for it is loaded, without the code that chooses between binaries", (t) => {
  if (readFileSync(process.execPath).includes('/ld-musl-')) return t.skip('Node is for musl')
  assert.equal(mappingUnavailable(), undefined)
  const files = Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes('/@koromix/'))
  assert.deepEqual(
    files.map((file) => file.replace(/^.*@koromix/, '')),
    [`/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`],
  )
})

test('a store into a mapping is in the file at once, at the offset that was mapped', (t) => {
  const path = newFile(t)
  const fd = open(t, path)
  const size = memoryPageSize()
  reserve(fd, 0, 2 * size)
  const buffer = mapShared(fd, size, size)
  new Float64Array(buffer)[1] = 0.5
  const bytes = readFileSync(path)
  unmapShared(buffer)
  assert.equal(bytes.length, 2 * size)
  assert.deepEqual(bytes.indexOf(Buffer.from(new Float64Array([0.5]).buffer)), size + 8)
})

test('a mapping stays valid when its descriptor is closed, and unmapping twice is harmless', (t) => {
  const path = newFile(t)
  const fd = openSync(path, 'r+')
  reserve(fd, 0, memoryPageSize())
  const buffer = mapShared(fd, 0, memoryPageSize())
  closeSync(fd)
  new Uint8Array(buffer)[0] = 7
  assert.equal(readFileSync(path)[0], 7)
  unmapShared(buffer)
  unmapShared(buffer)
})

test('reserving grows the file and takes the space on disk', (t) => {
  const path = newFile(t)
  const fd = open(t, path)
  reserve(fd, 4096, 4096)
  const { size, blocks } = statSync(path)
  assert.deepEqual({ size, enough: blocks * 512 >= 4096 }, { size: 8192, enough: true })
})

test('what the kernel refuses is told with the call, the name of the error and what was given', (t) => {
  const fd = open(t, newFile(t))
  assert.throws(() => mapShared(fd, 1, 4096), {
    code: 'PLIMSOLL_MAP_FAILED',
    message: new RegExp(`^The system call mmap failed with EINVAL, given fd ${fd}, offset 1, length 4096\\.`),
  })
  assert.throws(() => reserve(1_000_000, 0, 1), {
    code: 'PLIMSOLL_MAP_FAILED',
    message: /posix_fallocate failed with EBADF, given fd 1000000, offset 0, length 1\./,
  })
  assert.throws(() => lockExclusive(1_000_000), { code: 'PLIMSOLL_MAP_FAILED', message: /flock failed with EBADF/ })
  assert.equal(isLocked(1_000_000), undefined)
})

test('a full file system makes reserving throw PLIMSOLL_DISK_FULL, and what was reserved before stays', (t) => {
  const folder = newFolder(t)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status !== 0) {
    t.skip('mounting a tmpfs is not permitted')
    return
  }
  const path = join(folder, 'page')
  const fd = openSync(path, 'w+')
  try {
    reserve(fd, 0, 16_384)
    assert.throws(() => reserve(fd, 16_384, 65_536), diskFull(65_536, 16_384, 'ENOSPC'))
    assert.equal(statSync(path).size, 16_384)
  } finally {
    closeSync(fd)
    execFileSync('umount', [folder])
  }
})

test('the limit on file sizes makes reserving throw PLIMSOLL_DISK_FULL and sends no SIGXFSZ', (t) => {
  const path = newFile(t)
  const program = `
    import { openSync } from 'node:fs'
    import { reserve } from ${JSON.stringify(mapModule)}
    try { reserve(openSync(process.argv[1], 'r+'), 4096, 8192) } catch (error) { console.log(error.message) }`
  const node = [process.execPath, '--input-type=module', '-e', program, path]
  const { stdout, signal } = spawnSync('sh', ['-c', 'ulimit -f 8 && exec "$@"', 'sh', ...node], { encoding: 'utf8' })
  assert.deepEqual({ stdout, signal }, { stdout: `${diskFull(8192, 4096, 'EFBIG').message}\n`, signal: null })
})

test('a lock is refused to every other open file, also of the same process, until it is closed', (t) => {
  const path = newFile(t)
  const first = openSync(path, 'r+')
  const second = open(t, path)
  const before = {
    unlocked: isLocked(second),
    first: lockExclusive(first),
    second: lockExclusive(second),
    seen: isLocked(second),
  }
  closeSync(first)
  assert.deepEqual(
    { ...before, after: isLocked(second), taken: lockExclusive(second) },
    { unlocked: false, first: true, second: false, seen: true, after: false, taken: true },
  )
})

test('asking whether a file is locked leaves no lock behind', (t) => {
  const path = newFile(t)
  assert.equal(isLocked(open(t, path)), false)
  assert.equal(lockExclusive(open(t, path)), true)
})

test('the lock of another process is seen while it lives and is gone after SIGKILL', async (t) => {
  const path = newFile(t)
  const fd = open(t, path)
  const holder = spawn(process.execPath, [lockHolder, path, 'other'])
  t.after(() => holder.kill('SIGKILL'))
  const [said] = await once(holder.stdout, 'data')
  const alive = { said: String(said), locked: isLocked(fd), taken: lockExclusive(fd) }
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  assert.deepEqual({ ...alive, after: isLocked(fd) }, { said: 'locked\n', locked: true, taken: false, after: false })
})

test("one read of the kernel's list of locks serves all files of a turn, and none of the next", async (t) => {
  const path = newFile(t)
  const fd = open(t, path)
  assert.equal(isInLockTable(fd), false)
  await setImmediate()
  const holder = spawn(process.execPath, [lockHolder, path, 'other'])
  t.after(() => holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  assert.deepEqual([...new Set(Array.from({ length: 100 }, () => isInLockTable(fd)))], [true])
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  assert.equal(isInLockTable(fd), false)
})

test('the lock of a terminated worker is gone although its mapping stays, when another descriptor was mapped', async (t) => {
  assert.deepEqual(await lockAroundTermination(t, 'other'), {
    said: 'locked',
    locked: true,
    after: false,
    mapped: true,
  })
})

test('the lock of a terminated worker stays when the locked descriptor itself was mapped', async (t) => {
  assert.deepEqual(await lockAroundTermination(t, 'lock'), { said: 'locked', locked: true, after: true, mapped: true })
})

async function lockAroundTermination(t: TestContext, mapped: string) {
  const path = newFile(t)
  const fd = open(t, path)
  const worker = new Worker(lockHolder, { workerData: [path, mapped] })
  const [said] = await once(worker, 'message')
  const locked = isLocked(fd)
  await worker.terminate()
  return { said, locked, after: isLocked(fd), mapped: readFileSync('/proc/self/maps', 'utf8').includes(path) }
}
