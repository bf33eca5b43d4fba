import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { PlimsollError } from 'plimsoll'
import { isMmstats, readMmstats, readMmstatsFields } from 'plimsoll/mmstats'
import { field, fileOf } from './mmstats-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-mmstats-hostile-'))
after(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'noise.mmstats')

const good = fileOf(
  field('w.hits', 'Q', 1, '1e000000000000001400000000000000'),
  field('w.name', '8s', 255, '6162636465666768'),
  field('w.load', 'd', 0, '000000000000f03f0000000000000040'),
  field('w.sys.pid', 'I', 255, 'ffffff7f'),
).subarray(0, 100)

const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([Buffer.of(1), bytes]))
const cut = fc.nat({ max: good.length }).map((length) => good.subarray(0, length))
const spoilt = fc
  .array(fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 })
  .map((changes) => {
    const bytes = Buffer.from(good)
    for (const [at, value] of changes) bytes[at] = value
    return bytes
  })
const signatures = fc
  .string({ unit: fc.constantFrom(...'0123456789sbBhHiIlLqQfdPpcx?@=<>! zZ') })
  .map((type) => fileOf(field('a', type, 255, '00'.repeat(100))))

test('Noise, cuts and changed bytes give fields or an error of plimsoll, never anything else', () => {
  fc.assert(
    fc.property(fc.oneof(noise, cut, spoilt, signatures), (bytes) => {
      writeFileSync(file, bytes)
      isMmstats(bytes.subarray(0, 64))
      for (const read of [readMmstats, readMmstatsFields]) {
        try {
          read(file)
        } catch (error) {
          assert.ok(error instanceof PlimsollError, String(error))
        }
      }
    }),
    { numRuns: 3000 },
  )
})
