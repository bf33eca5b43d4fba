import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import {
  bool,
  counter64,
  type FieldType,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  mmstats,
  readMmstatsFields,
  string,
  uint8,
  uint16,
  uint32,
  uint64,
} from 'plimsoll/mmstats'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-mmstats-model-'))
after(() => rmSync(folder, { recursive: true }))

interface Settable {
  readonly value: unknown
  set(value: unknown): void
}
interface Kind {
  readonly type: FieldType<unknown>
  /** What is set, one after the other. */
  readonly values: readonly unknown[]
  /** What the file holds after the last one. */
  readonly expected: (value: unknown) => unknown
}

function kind(type: FieldType<unknown>, values: fc.Arbitrary<unknown>, expected: Kind['expected'], empty: unknown) {
  const given = fc.array(values, { maxLength: 5 })
  return given.map(
    (list): Kind => ({ type, values: list, expected: () => (list.length ? expected(list.at(-1)) : empty) }),
  )
}

const same = (value: unknown): unknown => value
const big = (value: unknown): unknown => BigInt(value as number)
const range = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })
const text = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', ' ', '"') })

/** The first characters of a text that have no more than `size` bytes. */
function cut(value: string, size: number): string {
  let out = ''
  for (const character of value) {
    if (Buffer.byteLength(out + character) > size) break
    out += character
  }
  return out
}

const kinds = fc.oneof(
  kind(counter64(), fc.maxSafeNat(), big, 0n),
  kind(uint64(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), same, 0n),
  kind(int64(), fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.maxSafeInteger()), big, 0n),
  kind(uint32(), range(0, 2 ** 32 - 1), same, 0),
  kind(int32(), range(-(2 ** 31), 2 ** 31 - 1), same, 0),
  kind(uint16(), range(0, 65_535), same, 0),
  kind(int16(), range(-32_768, 32_767), same, 0),
  kind(uint8(), range(0, 255), same, 0),
  kind(int8(), range(-128, 127), same, 0),
  kind(float64(), fc.double(), same, 0),
  kind(float32(), fc.double(), (value) => Math.fround(value as number), 0),
  kind(bool(), fc.boolean(), same, false),
  range(1, 300).chain((size) => kind(string(size), text, (value) => cut(value as string, size), '')),
)
const label = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 300 })
  .filter((each) => !each.includes('\0') && Buffer.byteLength(each) % 256 !== 0 && !/\p{Surrogate}/u.test(each))

test('Any model that is written is read back, field by field', () => {
  const models = fc.uniqueArray(fc.tuple(label, kinds), { maxLength: 30, selector: ([name]) => name })
  let run = 0
  fc.assert(
    fc.property(models, (fields) => {
      const model = Object.fromEntries(fields.map(([name, { type }], i) => [`f${i}`, { ...type, label: name }]))
      const stats = mmstats(model, { path: folder, filename: `${run++}.mmstats`, defaultFields: false })
      for (const [i, [, { values }]] of fields.entries()) {
        const field = (stats as unknown as Record<string, Settable>)[`f${i}`]
        for (const value of values) field?.set(value)
      }
      const read = readMmstatsFields(stats.file as string)
      stats.remove()
      assert.deepEqual(read, {
        fields: fields.map(([name, { type, values, expected }]) => {
          return { label: name, type: type.signature, buffered: true, value: expected(values.at(-1)) }
        }),
        defect: undefined,
      })
    }),
    { numRuns: 150 },
  )
})

test('A counter adds any amounts without loss, modulo 2^64', () => {
  const amounts = fc.array(fc.oneof(fc.maxSafeNat(), fc.constantFrom(1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1)), {
    maxLength: 50,
  })
  const start = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
  const model = { counter: counter64(), start: uint64() }
  const stats = mmstats(model, { path: folder, filename: 'counter.mmstats' })
  fc.assert(
    fc.property(start, amounts, (first, list) => {
      const before = stats.counter.exact
      stats.start.set(first)
      for (const amount of list) stats.counter.inc(amount)
      const sum = list.reduce((total, amount) => total + BigInt(amount), before)
      assert.deepEqual([stats.counter.exact, stats.start.exact], [BigInt.asUintN(64, sum), first])
    }),
    { numRuns: 300 },
  )
  stats.remove()
})
