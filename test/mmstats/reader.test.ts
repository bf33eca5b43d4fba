import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { formatJson, parseJson } from 'plimsoll/formats'
import { isMmstats, openMmstats, readMmstats, readMmstatsFields, toJsonValue } from 'plimsoll/mmstats'
import { mergeSnapshots } from 'plimsoll/snapshot'
import { field, fileOf, hex, newFolder, write } from './mmstats-file.ts'

/** The example of the specification: three fields as the Python library writes them. */
const example = hex(
  '0106 0077 2e68 6974 7301 0051 011e 0000 0000 0000 0014 0000 0000 0000 0004 0077' +
    '2e6e 6d02 0034 73ff 7800 6364 0700 772e 6973 2e75 7001 003f ff01 0000 0000 0000',
)

/** What the only field of a file holds. */
function onlyValue(t: Parameters<typeof write>[0], type: string, value: string, flag = 255): unknown {
  return readMmstatsFields(write(t, fileOf(field('x', type, flag, value)))).fields[0]?.value
}

describe('A file of the old library', () => {
  test('gives its fields in the order of the file, each with the value that counts', (t) => {
    assert.deepEqual(readMmstatsFields(write(t, example)), {
      fields: [
        { label: 'w.hits', type: 'Q', buffered: true, value: 30n },
        { label: 'w.nm', type: '4s', buffered: false, value: 'x' },
        { label: 'w.is.up', type: '?', buffered: false, value: true },
      ],
      defect: undefined,
    })
  })

  test('is a snapshot: buffered Q counts up, other numbers are gauges, and texts are texts', (t) => {
    const file = write(t, fileOf(example.subarray(1, 58), field('w.load', 'd', 0, `${'0'.repeat(16)}000000000000f03f`)))
    const head = { unit: '', help: '', labelNames: [] }
    const clock = { now: () => 0, unixTime: () => 1_800_000_000 }
    assert.deepEqual(readMmstats(file, { clock }), {
      version: 1,
      takenAt: 1_800_000_000,
      pages: [
        {
          file,
          pid: 0,
          tid: 0,
          app: 'app.py',
          host: hostname(),
          startedAt: statSync(file).birthtimeMs / 1000,
          state: 'live',
          heartbeatAge: null,
        },
      ],
      families: [
        { ...head, name: 'w.hits', kind: 'counter', series: [{ labels: {}, value: 30 }] },
        { ...head, name: 'w.is.up', kind: 'gauge', aggregation: 'sum', series: [{ labels: {}, value: 1 }] },
        { ...head, name: 'w.load', kind: 'gauge', aggregation: 'sum', series: [{ labels: {}, value: 1 }] },
        { ...head, name: 'w.nm', kind: 'text', series: [{ labels: {}, value: 'x' }] },
      ],
    })
  })

  test('is written as JSON without loss: digits as text beyond 2^53, also in a sum', (t) => {
    const big = fileOf(field('a', 'Q', 0, '0000000000000000 0100000000002000'), field('b', 'q', 255, 'ff'.repeat(8)))
    const snapshot = readMmstats(write(t, big))
    const sum = mergeSnapshots([snapshot, snapshot])
    const values = [snapshot, sum, parseJson(formatJson(sum))].map((one) => {
      const { families } = JSON.parse(formatJson(one)) as { families: { series: { value: unknown }[] }[] }
      return families.map(({ series }) => series[0]?.value)
    })
    assert.deepEqual(values, [
      ['9007199254740993', -1],
      ['18014398509481986', -2],
      ['18014398509481986', -2],
    ])
  })

  test('shows both fields of a label that it has twice, as series of one family', (t) => {
    const file = write(t, fileOf(field('a', 'I', 255, '01000000'), field('a', 'I', 255, '02000000')))
    assert.deepEqual(readMmstats(file).families, [
      {
        name: 'a',
        kind: 'gauge',
        aggregation: 'sum',
        unit: '',
        help: '',
        labelNames: ['copy'],
        series: [
          { labels: { copy: '1' }, value: 1 },
          { labels: { copy: '2' }, value: 2 },
        ],
      },
    ])
  })

  test('keeps texts and numbers of the same label apart, and tells both', (t) => {
    const file = write(
      t,
      fileOf(field('a', '2s', 255, '4142'), field('a', 'B', 255, '07'), field('a', '1s', 255, '41')),
    )
    const head = { name: 'a', unit: '', help: '', labelNames: ['copy'] }
    assert.deepEqual(readMmstats(file).families, [
      { ...head, kind: 'gauge', aggregation: 'sum', series: [{ labels: { copy: '2' }, value: 7 }] },
      {
        ...head,
        kind: 'text',
        series: [
          { labels: { copy: '1' }, value: 'AB' },
          { labels: { copy: '3' }, value: 'A' },
        ],
      },
    ])
  })

  test('lets the caller decide which numbers only go up', (t) => {
    const file = write(t, example)
    assert.equal(readMmstats(file, { kindOf: () => 'gauge' }).families[0]?.kind, 'gauge')
  })

  test('tells process, thread, start and app of its writer, whatever the prefix of the labels', (t) => {
    const pid = Buffer.alloc(4)
    pid.writeUInt32LE(process.pid)
    const fields = [
      field('web.sys.pid', 'I', 255, pid.toString('hex')),
      field('web.sys.tid', 'q', 255, '0700000000000000'),
      field('web.sys.created', 'd', 255, '000000c0c1c4ea41'),
    ]
    const file = write(t, fileOf(...fields), 'shop-3-4.mmstats')
    const { pages, families } = readMmstats(file)
    assert.deepEqual(
      { page: pages[0], families },
      {
        page: {
          file,
          pid: process.pid,
          tid: 7,
          app: 'shop',
          host: hostname(),
          startedAt: hex('000000c0c1c4ea41').readDoubleLE(),
          state: 'live',
          heartbeatAge: null,
        },
        families: [],
      },
    )
  })
})

test('The app of a file is its name without process and thread, or without the process that wrote it', (t) => {
  const pid = field('sys.pid', 'I', 255, '2a000000')
  const apps = ['shop-42-43', 'shop-7-8', 'shop-42', 'shop-41', '-42'].map((name) => {
    return readMmstats(write(t, fileOf(pid), `${name}.mmstats`)).pages[0]?.app
  })
  assert.deepEqual(apps, ['shop', 'shop', 'shop', 'shop-41', '-42'])
})

describe('A value', () => {
  test('of each type is read with all its bits, 64-bit integers as bigint', (t) => {
    const ff = 'ff'.repeat(8)
    const cases: readonly (readonly [type: string, bytes: string, value: unknown])[] = [
      ['b', 'ff', -1],
      ['B', 'ff', 255],
      ['?', '02', true],
      ['?', '00', false],
      ['h', 'feff', -2],
      ['H', 'feff', 65_534],
      ['i', '000000 80', -2_147_483_648],
      ['I', '000000 80', 2_147_483_648],
      ['l', ff, -1n],
      ['L', ff, 18_446_744_073_709_551_615n],
      ['q', '0100000000002000', 9_007_199_254_740_993n],
      ['Q', '0100000000002000', 9_007_199_254_740_993n],
      ['P', '0100000000000000', 1n],
      ['f', 'cdcccc3d', 0.10000000149011612],
      ['d', '555555555555d53f', 1 / 3],
      ['d', '000000000000f87f', Number.NaN],
      ['d', '000000000000f0ff', Number.NEGATIVE_INFINITY],
      ['c', '41', 'A'],
      ['4p', '02414243', 'AB'],
      ['2i', '0100000002000000', 1],
      ['>I', '00000001', 1],
      ['<l', 'ffffffff', -1],
      [' x i', '00000000 05000000', 5],
      ['0s', '', ''],
      ['bq', '01 00000000000000 0200000000000000', 1],
    ]
    assert.deepEqual(
      cases.map(([type, bytes]) => [type, bytes, onlyValue(t, type, bytes)]),
      cases,
    )
  })

  test('of a buffered field is in the buffer that the next write does not go to', (t) => {
    assert.deepEqual([onlyValue(t, 'H', '01000200', 0), onlyValue(t, 'H', '01000200', 1)], [2, 1])
  })

  test('that is text ends at the first NUL, and loses what is no UTF-8 and nothing else', (t) => {
    const cases: readonly (readonly [bytes: string, value: string])[] = [
      ['61 62 63', 'abc'],
      ['61 00 63', 'a'],
      ['00 00 00', ''],
      ['c3 a9', 'é'],
      ['e2 98 41', 'A'],
      ['61 e2 98', 'a'],
      ['c0 80 41', 'A'],
      ['e0 80 80 41', 'A'],
      ['ed a0 80', '\ud800'],
      ['f0 9f 98 80', '😀'],
      ['f4 90 80 80 41', 'A'],
      ['80 ff 41', 'A'],
    ]
    assert.deepEqual(
      cases.map(([bytes]) => [bytes, onlyValue(t, `${hex(bytes).length}s`, bytes)]),
      cases,
    )
  })

  test('goes into JSON without loss: as text where a number would be rounded, as null where there is none', () => {
    const values = [1n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 63n), Number.NaN, Number.POSITIVE_INFINITY, 0.5, true, 'x']
    assert.deepEqual(values.map(toJsonValue), [
      1,
      9_007_199_254_740_991,
      '9007199254740992',
      '-9223372036854775808',
      null,
      null,
      0.5,
      true,
      'x',
    ])
  })
})

describe('The fields end', () => {
  const one = field('a', 'B', 255, '07')
  const whole = { fields: [{ label: 'a', type: 'B', buffered: false, value: 7 }], defect: undefined }

  test('where the file ends, also without a zero byte', (t) => {
    assert.deepEqual(readMmstatsFields(write(t, Buffer.concat([Buffer.of(1), one]))), whole)
  })

  test('at one last byte that is zero', (t) => {
    assert.deepEqual(readMmstatsFields(write(t, Buffer.concat([Buffer.of(1), one, Buffer.of(0)]))), whole)
  })

  test('at a label size of 0, whatever is behind it', (t) => {
    assert.deepEqual(readMmstatsFields(write(t, Buffer.concat([Buffer.of(1), one, hex('0000 ffff ffff')]))), whole)
  })

  test('never by a label whose length is a multiple of 256', (t) => {
    const label = 'x'.repeat(512)
    const { fields } = readMmstatsFields(write(t, fileOf(field(label, 'B', 255, '01'), one)))
    assert.deepEqual(
      fields.map((each) => each.label),
      [label, 'a'],
    )
  })
})

describe('A damaged file gives the fields before the defect, and an error that names it', () => {
  const good = field('a', 'B', 255, '07')
  const cases: Readonly<Record<string, readonly [rest: Buffer, defect: { found: string; expected?: string }]>> = {
    'one byte that is no end': [Buffer.of(5), { found: 'one byte that is not 0' }],
    'a label past the end': [hex('ffff 61'), { found: 'a label of 65535 bytes', expected: 'at most 3 bytes' }],
    'a signature past the end': [hex('0100 61 ff00 51'), { found: 'a type signature of 255 bytes' }],
    'a value past the end': [field('b', 'Q', 0, '00'), { found: 'a value of type "Q"' }],
    'a huge string': [field('b', '999999999s', 255, '00'), { found: 'a value of type "999999999s"' }],
    'a huger string': [field('b', `${'9'.repeat(400)}s`, 0, '00'), { found: `a value of type "${'9'.repeat(400)}s"` }],
    'an unknown signature': [field('b', 'Z', 255, '00'), { found: 'type signature "Z"' }],
    'an empty signature': [field('b', '', 255, '00'), { found: 'type signature ""' }],
    'a signature without an item': [field('b', '4x', 255, '00000000'), { found: 'type signature "4x"' }],
    'a blank behind a count': [field('b', '2 i', 255, '00'), { found: 'type signature "2 i"' }],
    'a buffer byte out of range': [field('b', 'B', 2, '0000'), { found: 'buffer byte 2', expected: '0, 1 or 255' }],
  }
  for (const [name, [rest, expected]] of Object.entries(cases)) {
    test(`with ${name}`, (t) => {
      const file = write(t, Buffer.concat([Buffer.of(1), good, rest]))
      const { fields, defect } = readMmstatsFields(file)
      const message = defect?.message ?? ''
      const given = `The mmstats file ${file} is damaged at field 1, byte 9: found ${expected.found.slice(0, 300)}`
      assert.deepEqual(
        { values: fields.map(({ value }) => value), code: defect?.code, begins: message.startsWith(given) },
        { values: [7], code: 'PLIMSOLL_MMSTATS_DAMAGED', begins: true },
        message,
      )
      assert.ok(message.includes(expected.expected ?? ''), message)
      assert.throws(() => readMmstats(file), { code: 'PLIMSOLL_MMSTATS_DAMAGED' })
      const defects: string[] = []
      const part = readMmstats(file, { onDefect: ({ code }) => defects.push(code) })
      assert.deepEqual([part.families.map(({ name }) => name), defects], [['a'], ['PLIMSOLL_MMSTATS_DAMAGED']])
    })
  }

  test('with more fields than any writer has', (t) => {
    const bytes = Buffer.concat([Buffer.of(1), ...new Array<Buffer>(100_001).fill(good)])
    const { fields, defect } = readMmstatsFields(write(t, bytes))
    assert.deepEqual([fields.length, defect?.code], [100_000, 'PLIMSOLL_MMSTATS_DAMAGED'])
  })
})

describe('A file that is none', () => {
  const version = (found: number | string): object => ({
    code: 'PLIMSOLL_MMSTATS_VERSION',
    message: new RegExp(`Unsupported format version ${found} of mmstats file .*, expected 1\\.`),
  })

  test('because it is empty, not yet filled, or of another version is told so', (t) => {
    assert.throws(() => readMmstats(write(t, Buffer.alloc(0))), version('nothing'))
    assert.throws(() => readMmstats(write(t, Buffer.alloc(4096))), version(0))
    assert.throws(() => readMmstats(write(t, Buffer.of(2, 0, 0))), version(2))
  })

  test('because it is missing, a directory, a link or a FIFO is told so, without waiting', (t) => {
    const folder = newFolder(t)
    const fifo = join(folder, 'fifo.mmstats')
    execFileSync('mkfifo', [fifo])
    symlinkSync(write(t, example), join(folder, 'link.mmstats'))
    mkdirSync(join(folder, 'directory.mmstats'))
    const reasons = ['missing', 'directory', 'link', 'fifo'].map((name) => {
      try {
        return readMmstats(join(folder, `${name}.mmstats`))
      } catch (error) {
        return /^Cannot read page .*mmstats: (ENOENT|it is [a-z ]+)/.exec((error as Error).message)?.[1]
      }
    })
    assert.deepEqual(reasons, ['ENOENT', 'it is not a regular file', 'it is a link', 'it is not a regular file'])
  })

  test('is told apart by its first bytes, not by its name', () => {
    const heads = [example, example.subarray(0, 9), Buffer.of(1), Buffer.alloc(64).fill(1, 0, 1)]
    const others = [
      Buffer.alloc(0),
      Buffer.of(2),
      Buffer.from('plimsoll'),
      fileOf(field('a', 'Z', 255, '')),
      hex('01 0100 61 0100 51 07'),
    ]
    assert.deepEqual([heads.map(isMmstats), others.map(isMmstats)], [heads.map(() => true), others.map(() => false)])
  })
})

describe('A reader that stays', () => {
  test('sees what the writer changed since, and a file that was cut short, emptied and begun again', (t) => {
    const file = write(t, fileOf(field('a', 'H', 0, '00000100'), field('b', 'd', 255, '00'.repeat(8))))
    const reader = openMmstats(file)
    t.after(() => reader.close())
    const look = (): unknown => {
      try {
        const { fields, defect } = reader.fields()
        return [...fields.map(({ value }) => value), ...(defect === undefined ? [] : [defect.code])]
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    const seen = [look()]
    writeFileSync(file, fileOf(field('a', 'H', 1, '02000100'), field('b', 'd', 255, '00'.repeat(8))), { flag: 'r+' })
    seen.push(look())
    truncateSync(file, 20)
    seen.push(look())
    truncateSync(file, 0)
    seen.push(look())
    writeFileSync(file, example)
    seen.push(look())
    assert.deepEqual(seen, [
      [1, 0],
      [2, 0],
      [2, 'PLIMSOLL_MMSTATS_DAMAGED'],
      'PLIMSOLL_MMSTATS_VERSION',
      [30n, 'x', true],
    ])
  })

  test('reads a file of any length with few bytes of memory', (t) => {
    const file = write(t, example)
    truncateSync(file, 2 ** 36)
    assert.deepEqual([readMmstatsFields(file).fields.length, statSync(file).size], [3, 2 ** 36])
    const huge = write(t, Buffer.concat([Buffer.of(1), field('a', `${2 ** 35}s`, 255, '')]))
    truncateSync(huge, 2 ** 36)
    assert.match(readMmstatsFields(huge).defect?.message ?? '', /bytes of fields, expected 16777216/)
  })
})
