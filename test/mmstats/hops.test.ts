import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import {
  average,
  bool,
  counter64,
  type FieldType,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  movingAverage,
  string,
  timer,
  uint8,
  uint16,
  uint32,
  uint64,
} from 'plimsoll/mmstats'

const built = pathToFileURL('dist/').href
const setters = Object.getOwnPropertyNames(DataView.prototype).filter((name) => name.startsWith('set'))

/** Memory of a file that takes note of the frames of plimsoll on the stack at each store, for example `Float.set`. */
function watchedMemory(): { view: DataView; bytes: Uint8Array; rejections: undefined; writes: Set<string> } {
  const buffer = new ArrayBuffer(4096)
  const view = new DataView(buffer)
  const writes = new Set<string>()
  for (const name of setters) {
    const set: (...given: unknown[]) => void = Reflect.get(view, name)
    const watched = (...given: unknown[]): void => {
      const lines = new Error().stack?.split('\n').filter((line) => line.includes(built)) ?? []
      writes.add(lines.map((line) => line.trim().split(' ')[1]).join(' < '))
      set.apply(view, given)
    }
    Object.defineProperty(view, name, { value: watched })
  }
  return { view, bytes: new Uint8Array(buffer), rejections: undefined, writes }
}

type Way<Field> = (field: Field) => unknown

function ways<Field>(type: FieldType<Field>, ...record: readonly Way<Field>[]): [FieldType<unknown>, Way<unknown>[]] {
  return [type, record as Way<unknown>[]]
}

const ofIntegers: readonly Way<{ set(value: number): void; add(amount: number): void }>[] = [
  (field) => field.set(3),
  (field) => field.add(1),
]

const ofFloats: readonly Way<{ set(value: number): void; add(amount: number): void }>[] = [
  (field) => field.set(0.5),
  (field) => field.add(0.5),
]

const fields: Readonly<Record<string, [FieldType<unknown>, Way<unknown>[]]>> = {
  counter64: ways(
    counter64(),
    (field) => field.inc(),
    (field) => field.inc(3),
    (field) => field.set(9),
  ),
  uint64: ways(uint64(), ...ofIntegers, (field) => field.set(3n)),
  int64: ways(int64(), ...ofIntegers, (field) => field.set(-3n)),
  uint32: ways(uint32(), ...ofIntegers),
  int32: ways(int32(), ...ofIntegers),
  uint16: ways(uint16(), ...ofIntegers),
  int16: ways(int16(), ...ofIntegers),
  uint8: ways(uint8(), ...ofIntegers),
  int8: ways(int8(), ...ofIntegers),
  bool: ways(bool(), (field) => field.set(true)),
  float64: ways(float64(), ...ofFloats),
  float32: ways(float32(), ...ofFloats),
  string: ways(string(8), (field) => field.set('words')),
  average: ways(average(), (field) => field.add(3)),
  movingAverage: ways(movingAverage(2), (field) => field.add(3)),
  timer: ways(
    timer(2),
    (field) => field.record(3),
    (field) => {
      field.start()
      field.stop()
    },
    (field) => field.time(() => 1),
    (field) => assert.throws(() => field.time(() => assert.fail())),
    (field) => field.time(async () => 1),
  ),
}

describe('From the public method of a field to the file there are at most two frames', () => {
  for (const [name, [type, all]] of Object.entries(fields)) {
    test(`for ${name}.`, async () => {
      const memory = watchedMemory()
      const field = type.open(memory, 8)
      const deeper: string[] = []
      for (const record of all) {
        memory.writes.clear()
        await record(field)
        assert.notEqual(memory.writes.size, 0)
        deeper.push(...[...memory.writes].filter((frames) => frames.split(' < ').length > 2))
      }
      assert.deepEqual(deeper, [])
    })
  }
})
