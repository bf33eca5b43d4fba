import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { type RemoteWriteEncoding, remoteWriteChunks } from '#src/formats/remote-write/remote-write.ts'
import { snappyBlock, snappyPart } from '#src/formats/remote-write/snappy.ts'
import { everyMeasure } from '../../support/measures.ts'
import { uncompressed } from '../../support/remote-write.ts'

function compress(...parts: readonly Uint8Array[]): Uint8Array {
  return snappyBlock(parts.map(snappyPart))
}

function mustReturn(...parts: readonly Uint8Array[]): void {
  const content = Buffer.concat(parts)
  // Compared as buffers, since a difference of megabytes takes minutes to print.
  assert.ok(content.equals(uncompressed(compress(...parts))), `${content.length} bytes, ${content.subarray(0, 40)}`)
}

test('A block of any length has the bytes that it was made of', () => {
  const lengths = [0, 1, 2, 3, 4, 5, 59, 60, 61, 255, 256, 257, 2 ** 16 - 1, 2 ** 16, 2 ** 16 + 1]
  for (const length of lengths) {
    mustReturn(new Uint8Array(length))
    mustReturn(randomBytes(length))
    mustReturn(new Uint8Array(length).map((_, i) => i))
  }
  // One literal more than the length of one can tell.
  mustReturn(randomBytes(2 ** 24 + 1))
})

test('Copies of any length, from anywhere before, are the same bytes', () => {
  for (const length of [3, 4, 5, 11, 12, 13, 63, 64, 65, 67, 68, 69, 127, 128, 129, 131, 132, 133, 1000]) {
    for (const gap of [0, 1, 2 ** 11 - length, 2 ** 11, 2 ** 16 - 1 - length, 2 ** 16 - length, 2 ** 16]) {
      const repeated = randomBytes(length)
      mustReturn(Buffer.concat([repeated, randomBytes(Math.max(gap, 0)), repeated, randomBytes(3)]))
    }
  }
})

test('Parts of few different bytes come back, one behind the other', () => {
  const part = fc.array(fc.constantFrom(0, 1, 2, 255), { maxLength: 300 }).map((bytes) => Uint8Array.from(bytes))
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), (parts) => mustReturn(...parts)),
    { numRuns: 500 },
  )
})

test('What repeats becomes a tenth, and what does not is hardly longer', () => {
  const text = Buffer.from(Array.from({ length: 5000 }, (_, i) => `web_requests{route="/route/${i % 7}"} 1\n`).join(''))
  assert.ok(compress(text).length < text.length / 10)
  const noise = randomBytes(2 ** 18)
  assert.ok(compress(noise).length < noise.length + 16)
})

test('At worst a block is a sixth longer than its content', () => {
  const content = new Uint8Array(2 ** 17)
  // Words of four bytes that all came before, with a byte between them that did not.
  for (let i = 0; i < content.length; i++) content[i] = i % 5 === 4 ? Math.random() * 256 : (i % 5) + 1
  mustReturn(content)
  assert.ok(compress(content).length <= content.length * (7 / 6) + 16)
})

test('A request is far smaller than its content', () => {
  const options: RemoteWriteEncoding = {
    exposition: {},
    histograms: 'classic',
    labels: { job: 'shop', instance: 'host:4711' },
    time: 5000,
    isEnd: false,
    exemplarsSince: 0,
  }
  for (const { bytes } of remoteWriteChunks(everyMeasure, options)) {
    mustReturn(bytes)
    assert.ok(compress(bytes).length < bytes.length / 3, `${compress(bytes).length} of ${bytes.length}`)
  }
})
