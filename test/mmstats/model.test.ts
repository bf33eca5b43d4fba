import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import {
  average,
  bool,
  counter64,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  type MmstatsOptions,
  type Model,
  mmstats,
  movingAverage,
  openMmstats,
  readMmstatsFields,
  staticNumber,
  staticText,
  string,
  timer,
  uint8,
  uint16,
  uint32,
  uint64,
} from 'plimsoll/mmstats'
import { ManualClock } from 'plimsoll/testing'
import { newFolder } from './mmstats-file.ts'

/** A model in a file of its own. */
function open<const M extends Model>(t: TestContext, model: M, options: MmstatsOptions = {}) {
  const stats = mmstats(model, { path: newFolder(t), ...options })
  t.after(() => stats.close())
  assert.equal(stats.error, undefined)
  return Object.assign(stats, { path: stats.file as string })
}

function valuesOf(file: string): unknown {
  return Object.fromEntries(readMmstatsFields(file).fields.map(({ label, value }) => [label, value]))
}

const bare = { defaultFields: false } as const

describe('A model', () => {
  test('is a file byte by byte as the specification has it, and zeros follow', (t) => {
    const stats = open(t, { hits: counter64(), load: float64(), up: bool() }, { ...bare, labelPrefix: 'w.' })
    for (let i = 0; i < 3; i++) stats.hits.inc(10)
    stats.load.set(1)
    stats.up.set(true)
    const bytes = readFileSync(stats.path)
    const expected =
      '01 0600 772e68697473 0100 51 01 1e00000000000000 1400000000000000' +
      '0600 772e6c6f6164 0100 64 01 000000000000f03f 0000000000000000' +
      '0400 772e7570 0100 3f 01 01 00'
    const text = expected.replaceAll(' ', '')
    assert.equal(bytes.toString('hex'), text.padEnd(2 * 4096, '0'))
  })

  test('holds every kind of field, which all read back', (t) => {
    const clock = new ManualClock()
    const stats = open(
      t,
      {
        hits: counter64(),
        u64: uint64(),
        i64: int64(),
        u32: uint32(),
        i32: int32(),
        u16: uint16(),
        i16: int16(),
        u8: uint8(),
        i8: int8(),
        f32: float32(),
        f64: float64(),
        up: bool(true),
        name: string(5),
        mean: average(),
        last: movingAverage(2),
        run: timer(2, { clock }),
        kind: staticText('grün'),
        limit: staticNumber('int64', -5),
        renamed: counter64({ label: 'other.name' }),
      },
      bare,
    )
    stats.hits.inc(2 ** 53 - 1)
    stats.hits.inc(2)
    stats.u64.set(2n ** 64n - 1n)
    stats.i64.set(-(2 ** 53 - 1))
    stats.u32.set(2 ** 32 - 1)
    stats.i32.set(-(2 ** 31))
    stats.u16.set(65_535)
    stats.i16.set(-32_768)
    stats.u8.set(255)
    stats.i8.set(-128)
    stats.f32.set(0.1)
    stats.f64.set(Number.NEGATIVE_INFINITY)
    stats.name.set('grün und blau')
    for (const value of [1, 2, 6]) stats.mean.add(value)
    for (const value of [1, 2, 6]) stats.last.add(value)
    stats.run.time(() => clock.advance(0.5))
    stats.run.start()
    clock.advance(1.5)
    const seconds = stats.run.stop()
    const expected = {
      hits: 2n ** 53n + 1n,
      u64: 2n ** 64n - 1n,
      i64: -(2n ** 53n - 1n),
      u32: 2 ** 32 - 1,
      i32: -(2 ** 31),
      u16: 65_535,
      i16: -32_768,
      u8: 255,
      i8: -128,
      f32: 0.10000000149011612,
      f64: Number.NEGATIVE_INFINITY,
      up: true,
      name: 'grün',
      mean: 3,
      last: 4,
      run: 1,
      kind: 'grün',
      limit: -5n,
      'other.name': 0n,
    }
    assert.deepEqual(
      [valuesOf(stats.path), seconds, stats.run.last, stats.hits.exact],
      [expected, 1.5, 1.5, 2n ** 53n + 1n],
    )
  })

  test('says who writes it: process, thread, user, Node and when', (t) => {
    const stats = open(t, {}, { labelPrefix: 'web.' })
    const { 'web.sys.created': created, ...rest } = valuesOf(stats.path) as Record<string, unknown>
    assert.deepEqual(rest, {
      'web.sys.pid': process.pid,
      'web.sys.tid': BigInt(process.pid),
      'web.sys.uid': BigInt(process.getuid?.() ?? 0),
      'web.sys.gid': BigInt(process.getgid?.() ?? 0),
      'web.org.node.version': process.version,
      'web.org.plimsoll.rejected': 0n,
    })
    assert.ok(Math.abs((created as number) - Date.now() / 1000) < 60)
  })

  test('leaves out the default field that it has itself', (t) => {
    const stats = open(t, { pid: staticNumber('uint32', 7, { label: 'sys.pid' }) })
    const pids = readMmstatsFields(stats.path).fields.filter(({ label }) => label === 'sys.pid')
    assert.deepEqual(pids, [{ label: 'sys.pid', type: 'I', buffered: false, value: 7 }])
  })

  test('drops values that a field cannot hold, counts them, and goes on', (t) => {
    const stats = open(t, { hits: counter64(), small: int8(), wide: uint64(), mean: average() })
    stats.hits.inc(5)
    for (const value of [-1, 0.5, Number.NaN, 2 ** 53]) stats.hits.inc(value)
    for (const value of [128, -129, 0.5]) stats.small.set(value)
    for (const value of [-1, -1n, 2n ** 64n]) stats.wide.set(value)
    stats.mean.add(Number.POSITIVE_INFINITY)
    const {
      hits,
      small,
      wide,
      mean,
      'org.plimsoll.rejected': rejected,
    } = valuesOf(stats.path) as Record<string, unknown>
    assert.deepEqual({ hits, small, wide, mean, rejected }, { hits: 5n, small: 0, wide: 0n, mean: 0, rejected: 11n })
  })

  test('adds to numbers of every type within their range, and never takes from a counter', (t) => {
    const stats = open(t, {
      f64: float64(),
      f32: float32(),
      u64: uint64(),
      i64: int64(),
      u32: uint32(),
      i16: int16(),
      u8: uint8(),
      hits: counter64(),
    })
    const { hits, f64, f32, ...integers } = stats
    for (const float of [f64, f32]) for (const amount of [0.75, -0.25]) float.add(amount)
    for (const field of [integers.u64, integers.i64, integers.u32, integers.i16, integers.u8]) {
      for (const amount of [field.max, -1]) field.add(amount)
      for (const amount of [2, 0.5, Number.NaN, '1' as never]) field.add(amount)
    }
    hits.set(5)
    for (const amount of [3, -1]) hits.add(amount)
    const values = valuesOf(stats.path) as Record<string, unknown>
    const largest = 2n ** 53n - 2n
    assert.deepEqual(Object.fromEntries(Object.entries(values).filter(([label]) => !label.includes('.'))), {
      f64: 0.5,
      f32: 0.5,
      u64: largest,
      i64: largest,
      u32: 2 ** 32 - 2,
      i16: 32_766,
      u8: 254,
      hits: 8n,
    })
    assert.deepEqual([values['org.plimsoll.rejected'], integers.u64.exact, integers.u8.exact], [21n, largest, 254n])
  })

  test('stores a bigint in 64 bits and in no others', (t) => {
    const stats = open(t, { u64: uint64(), i64: int64(), u32: uint32() })
    stats.u64.set(2n ** 53n + 1n)
    stats.i64.set(-(2n ** 63n))
    stats.u32.set(7n)
    // As a number, which has no such value, the sum would be one less than it is.
    stats.u64.add(-5)
    const { u64, i64, u32, 'org.plimsoll.rejected': rejected } = valuesOf(stats.path) as Record<string, unknown>
    assert.deepEqual({ u64, i64, u32, rejected }, { u64: 2n ** 53n + 1n, i64: -(2n ** 63n), u32: 0, rejected: 2n })
  })

  test('cuts text at its NUL or between characters, and never shows what was there before', (t) => {
    const stats = open(t, { name: string(4) }, bare)
    const seen = ['abcdef', 'x', '€€', 'a\0b', 'a\ud800', ''].map((text) => {
      stats.name.set(text)
      return [stats.name.value, (valuesOf(stats.path) as { name: string }).name]
    })
    const expected = ['abcd', 'x', '€', 'a', 'a\ufffd', '']
    assert.deepEqual(
      seen,
      expected.map((text) => [text, text]),
    )
  })
})

describe('A label', () => {
  const label = (text: string) => () => mmstats({ [text]: counter64() }, { path: '/nonexistent', ...bare })
  const refused = (reason: string): object => ({
    code: 'PLIMSOLL_MMSTATS_LABEL',
    message: new RegExp(`Invalid mmstats label .*: ${reason}\\.`),
  })

  test('that old readers cannot read is refused', () => {
    assert.throws(label(''), refused('it is empty'))
    assert.throws(label('x'.repeat(256)), refused('its 256 bytes are a multiple of 256'))
    assert.throws(label('é'.repeat(256)), refused('its 512 bytes are a multiple of 256'))
    assert.throws(label('x'.repeat(65_537)), refused('it has 65537 bytes'))
    assert.throws(label('a\0b'), refused('it contains NUL'))
    assert.throws(label('a\ud800'), refused('it contains half a surrogate pair'))
  })

  test('counts with its prefix, and stands in a file once', () => {
    const model = { a: counter64({ label: 'same' }), b: counter64({ label: 'same' }) }
    assert.throws(() => mmstats(model, { labelPrefix: 'x.' }), refused('two fields have this label'))
    assert.throws(() => mmstats({ x: counter64() }, { labelPrefix: 'x'.repeat(255) }), refused('its 256 bytes are.*'))
  })

  test('may be as long as the format allows', (t) => {
    const long = 'x'.repeat(65_535)
    assert.deepEqual(valuesOf(open(t, { [long]: counter64() }, bare).path), { [long]: 0n })
  })
})

describe('The file of a model', () => {
  test('is named after script, process and thread', (t) => {
    const stats = open(t, {})
    const script = basename(process.argv[1] ?? '')
    assert.equal(basename(stats.path), `${script}-${process.pid}-${process.pid}.mmstats`)
  })

  test('can be named otherwise, and other braces are refused', (t) => {
    const stats = open(t, {}, { filename: '{{{PID}}}-{TID}.stats' })
    assert.equal(basename(stats.path), `{${process.pid}}-${process.pid}.stats`)
    assert.throws(() => mmstats({}, { filename: '{NAME}.mmstats' }), { code: 'PLIMSOLL_OPTION_INVALID' })
  })

  test('goes where MMSTATS_PATH and MMSTATS_FILES say', (t) => {
    const folder = newFolder(t)
    const program = `import { mmstats } from 'plimsoll/mmstats'; console.log(mmstats({}).file)`
    const env = { ...process.env, MMSTATS_PATH: folder, MMSTATS_FILES: 'x-{PID}.mmstats' }
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], { env, encoding: 'utf8' })
    assert.deepEqual(readdirSync(folder), [basename(out.trim())])
    assert.match(out, /x-\d+\.mmstats\n$/)
  })

  test('always has a zero byte behind its last field, also where fields fill whole memory pages', (t) => {
    const fixed = 1 + 2 + 1 + 2 + 5 + 1
    const size = (4096 - fixed) / 2 - 9
    const sizes = [size - 1, size].map((text) => {
      const bytes = readFileSync(open(t, { a: string(text) }, bare).path)
      return [bytes.length, bytes.at(-1)]
    })
    assert.deepEqual(sizes, [
      [4096, 0],
      [8192, 0],
    ])
  })

  test('takes no name that a live writer has, but that of one that is gone', (t) => {
    const first = open(t, { a: counter64() }, { filename: 'one.mmstats' })
    const warnings: string[] = []
    const options = { path: join(first.path, '..'), filename: 'one.mmstats' }
    const second = mmstats({ b: counter64() }, { ...options, onWarning: ({ code }) => warnings.push(code) })
    second.b.inc()
    first.close()
    const third = mmstats({ c: counter64() }, options)
    t.after(() => third.close())
    assert.deepEqual(
      [second.file, second.error?.code, second.b.value, warnings],
      [undefined, 'PLIMSOLL_MMSTATS_NOT_CREATED', 1, ['PLIMSOLL_MMSTATS_NOT_CREATED']],
    )
    assert.deepEqual([third.file, readMmstatsFields(first.path).fields[0]?.label], [first.path, 'c'])
  })

  test('never takes the place of a file that is none of its kind', (t) => {
    const folder = newFolder(t)
    writeFileSync(join(folder, 'letter.txt'), 'dear')
    const stats = mmstats({}, { path: folder, filename: 'letter.txt', onWarning: () => {} })
    assert.deepEqual(
      [stats.file, readFileSync(join(folder, 'letter.txt'), 'utf8'), readdirSync(folder)],
      [undefined, 'dear', ['letter.txt']],
    )
  })

  test('stays when the model is closed, goes when it is removed, and the fields go on either way', (t) => {
    const stats = open(t, { hits: counter64(), name: string(8) })
    stats.hits.inc()
    stats.name.set('first')
    stats.flush()
    const reader = openMmstats(stats.path)
    t.after(() => reader.close())
    const lives = [reader.life()]
    stats.close()
    lives.push(reader.life())
    stats.hits.inc()
    stats.name.set('second')
    stats.close()
    stats.remove()
    const left = valuesOf(stats.path) as Record<string, unknown>
    assert.deepEqual(
      [lives, stats.file, left.hits, left.name, stats.hits.value, stats.name.value],
      [['live', 'exited'], undefined, 1n, 'first', 2, 'second'],
    )
    const other = open(t, { hits: counter64() })
    other.remove()
    assert.equal(statSync(other.path, { throwIfNoEntry: false }), undefined)
  })

  test('has names of its own, which no field may have', () => {
    assert.throws(() => mmstats({ remove: counter64() }, {}), { code: 'PLIMSOLL_OPTION_INVALID' })
  })
})
