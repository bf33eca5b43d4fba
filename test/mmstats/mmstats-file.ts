/** Builds mmstats files byte by byte, and knows nothing of the code under test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** A new folder that is removed after the test. */
export function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-mmstats-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

/** A field: label, type signature, buffer byte, value as hex. */
export function field(label: string | Buffer, type: string, flag: number, value: string): Buffer {
  const bytes = Buffer.from(label)
  return Buffer.concat([
    size(bytes.length),
    bytes,
    size(type.length),
    Buffer.from(type, 'latin1'),
    Buffer.of(flag),
    hex(value),
  ])
}

/** A whole file: version 1, the fields, zeros up to 4096 bytes. */
export function fileOf(...fields: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat([Buffer.of(1), ...fields])
  return Buffer.concat([bytes, Buffer.alloc((4096 - (bytes.length % 4096)) % 4096)])
}

/** Writes bytes into a new file below a new folder and gives its path. */
export function write(t: TestContext, bytes: Uint8Array, name = 'app.py-1-1.mmstats'): string {
  const file = join(newFolder(t), name)
  writeFileSync(file, bytes)
  return file
}

export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex')
}

function size(bytes: number): Buffer {
  return Buffer.of(bytes & 0xff, bytes >> 8)
}
