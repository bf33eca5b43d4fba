import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import * as layout from '#src/page/layout.ts'

const folder = 'test/page/golden'

/** Sound pages to begin with. */
export const goldenPages: readonly Buffer[] = readdirSync(folder)
  .filter((name) => name.endsWith('.page'))
  .map((name) => readFileSync(`${folder}/${name}`))

const golden: fc.Arbitrary<Buffer> = fc.constantFrom(...goldenPages).map((page) => Buffer.from(page))

/** Numbers at which programs break. */
const word: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(
    0,
    1,
    2,
    3,
    4,
    5,
    119,
    120,
    121,
    4095,
    4096,
    8192,
    2 ** 20,
    2 ** 30,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
  ),
  fc.nat(40),
  fc.nat({ max: 2 ** 32 - 1 }),
)
const double = fc.oneof(
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 5e-324, 1e308, -1, -2, 0.5, 1.5, 2 ** 53 - 1, 2 ** 53, 1.7e9),
  fc.double(),
)
/** Where something is, more often than where nothing is. */
const place = fc.oneof(
  fc.nat(0x900),
  fc.integer({ min: 0x1000, max: 0x1800 }),
  fc.integer({ min: 0x3000, max: 0x3800 }),
  fc.nat(90_000),
)

const mutated = fc
  .tuple(golden, fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 20 }))
  .map(([page, bytes]) => {
    for (const [at, byte] of bytes) page[at % page.length] = byte
    return page
  })

const cutOrExtended = fc.tuple(golden, fc.nat(100_000), fc.nat(255)).map(([page, length, byte]) => {
  return length < page.length
    ? page.subarray(0, length)
    : Buffer.concat([page, Buffer.alloc(length - page.length, byte)])
})

const swapped = fc.tuple(golden, fc.nat(30), fc.nat(30)).map(([page, a, b]) => {
  const blocks = page.length / layout.blockBytes
  const [from, to] = [(a % blocks) * layout.blockBytes, (b % blocks) * layout.blockBytes]
  const kept = Buffer.from(page.subarray(from, from + layout.blockBytes))
  page.copy(page, from, to, to + layout.blockBytes)
  kept.copy(page, to)
  return page
})

const headerWords = fc
  .tuple(
    golden,
    fc.array(fc.tuple(fc.integer({ min: layout.versionOffset / 4, max: 700 }), word), { minLength: 1, maxLength: 8 }),
    fc.option(double),
  )
  .map(([page, words, heartbeat]) => {
    for (const [at, value] of words) page.writeUInt32LE(value, at * 4)
    // Nothing behind the version would be looked at.
    if (words.length > 2) page.writeUInt32LE(layout.formatVersion, layout.versionOffset)
    if (heartbeat !== null) page.writeDoubleLE(heartbeat, layout.heartbeatOffset)
    return page
  })

/** Where the first cells of a page are, which series have, and some of all others. */
const cellNumber = fc.oneof({ arbitrary: fc.nat(700), weight: 3 }, { arbitrary: fc.nat(), weight: 1 })
const cells = fc
  .tuple(golden, fc.array(fc.tuple(cellNumber, double), { minLength: 1, maxLength: 200 }))
  .map(([page, values]) => {
    for (const [at, value] of values) page.writeDoubleLE(value, 0x3000 + 8 * (at % ((page.length - 0x3000) / 8)))
    return page
  })

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'a.b', 'A-1', '__proto__', 'constructor', '', 'a..b', 'le', 'ä'),
  fc.string(),
)
const cell = fc.oneof(fc.integer({ min: 1530, max: 1600 }), fc.nat(12_000), fc.constantFrom(-1, 1e300, 2 ** 53, 1536.5))
const anything = fc.oneof(fc.jsonValue(), cell, name)
/** Mostly what belongs there, sometimes anything. */
const mostly = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: usual, weight: 12 }, { arbitrary: anything, weight: 1 })
const optional = { requiredKeys: [] as [] }

const kinds = ['counter', 'gauge', 'meter', 'histogram', 'timer', 'average', 'state', 'text', 'info']
const familyLine = fc
  .record({
    family: mostly(fc.nat(6)),
    name: mostly(fc.constantFrom('a', 'b', 'c', 'd.e', 'f-g', 'h_i', 'j.k.l', 'constructor')),
    kind: mostly(fc.constantFrom(...kinds, 'sketch')),
  })
  .chain((required) =>
    fc
      .record(
        {
          unit: mostly(fc.constantFrom('s', 'By', '')),
          help: mostly(fc.string()),
          labels: mostly(fc.array(fc.constantFrom('a', 'b', 'constructor', 'toString', 'le'), { maxLength: 3 })),
          aggregation: mostly(fc.constantFrom('sum', 'min', 'max', 'mean', 'last', 'process', 'median')),
          type: mostly(fc.constantFrom('int', 'bool')),
          removeAtZero: mostly(fc.boolean()),
          extremes: mostly(fc.boolean()),
          over: mostly(fc.constantFrom({ values: 10 }, { seconds: 60 })),
          states: mostly(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 3 })),
          capacity: mostly(fc.constantFrom(1, 8, 64, 2 ** 20)),
          bounds: mostly(
            fc
              .array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 5 })
              .map((list) => list.sort((a, b) => a - b)),
          ),
          recent: mostly(fc.boolean()),
          exemplars: mostly(fc.constant(true)),
          later: anything,
        },
        optional,
      )
      .map((rest) => ({ ...required, ...rest })),
  )
const seriesLine = fc
  .tuple(
    fc.record({ of: mostly(fc.nat(6)), at: mostly(cell) }),
    fc.record(
      {
        labels: mostly(fc.array(fc.string(), { maxLength: 3 })),
        overflow: mostly(fc.boolean()),
        evicted: mostly(fc.boolean()),
      },
      optional,
    ),
  )
  .map(([a, b]) => ({ ...a, ...b }))
const octaveLine = fc.record({
  at: mostly(cell),
  octave: mostly(fc.oneof(fc.integer({ min: -1023, max: 1023 }), fc.constantFrom(-1023, 1023, 1024))),
  cells: mostly(cell),
})
const partLine = fc.oneof(
  fc.record({ at: mostly(cell), recent: mostly(fc.constant(true)), cells: mostly(cell) }),
  fc.record({ at: mostly(cell), copies: mostly(fc.integer({ min: -3, max: 3 })), cells: mostly(cell) }),
  fc.record({ at: mostly(cell), copies: mostly(fc.nat(2)), octaves: mostly(fc.nat(3)), cells: mostly(cell) }),
  fc.record({ at: mostly(cell), exemplar: mostly(fc.integer({ min: -3, max: 3 })), cells: mostly(cell) }),
)
const removalLine = fc
  .tuple(
    fc.record({ removed: mostly(fc.array(cell, { maxLength: 5 })) }),
    fc.record({ families: mostly(fc.array(fc.nat(7), { maxLength: 2 })) }, optional),
  )
  .map(([a, b]) => ({ ...a, ...b }))
/** Evicted series of one family, in cells that may lie over each other, some of them removed again. */
const evictedSeries = fc
  .tuple(
    fc.constantFrom(...kinds),
    fc.array(fc.integer({ min: 1530, max: 1800 }), { minLength: 1, maxLength: 6 }),
    fc.constantFrom({}, { bounds: [1, 2] }, { states: ['a', 'b'] }, { over: { seconds: 60 } }, { capacity: 8 }),
    fc.nat(5),
  )
  .map(([kind, cells, more, gone]) => [
    { family: 8, name: 'evicted', kind, ...more },
    ...cells.flatMap((at) => [
      { of: 8, at, evicted: true },
      ...(kind === 'timer' ? [{ at, octave: 0, cells: at }] : []),
    ]),
    { removed: cells.slice(0, gone) },
  ])
/** A series with all that it can have, in cells that may lie over each other. */
const fullSeries = fc
  .tuple(
    fc.constantFrom('histogram', 'timer', 'counter'),
    fc.array(fc.integer({ min: 1530, max: 1800 }), { minLength: 5, maxLength: 5 }),
    fc.constantFrom({}, { bounds: [1, 2] }),
  )
  .map(([kind, [at, ...cells], bounds]) => {
    const parts = [{ octave: 0 }, { copies: 0 }, { recent: true }, { exemplar: 0 }]
    const added = parts.map((part, i) => ({ at, ...part, cells: cells[i] }))
    return [{ family: 7, name: 'full', kind, exemplars: true, ...bounds }, { of: 7, at }, ...added]
  })
const line = fc.oneof(
  { arbitrary: familyLine, weight: 3 },
  { arbitrary: seriesLine, weight: 5 },
  { arbitrary: octaveLine, weight: 3 },
  { arbitrary: partLine, weight: 2 },
  { arbitrary: removalLine, weight: 2 },
  { arbitrary: fc.jsonValue(), weight: 1 },
)
const lineText = fc.oneof(
  { arbitrary: line.map((value) => JSON.stringify(value)), weight: 30 },
  {
    arbitrary: fc.oneof(fullSeries, evictedSeries).map((all) => all.map((one) => JSON.stringify(one)).join('\n')),
    weight: 3,
  },
  { arbitrary: fc.string(), weight: 1 },
)

/** Pages whose log begins with lines of the page or not, and goes on with lines made up here. */
const logs = fc
  .tuple(golden, fc.boolean(), fc.array(lineText, { minLength: 1, maxLength: 30 }), fc.boolean())
  .map(([page, keep, lines, full]) => {
    return withLog(page, lines.map((text) => `${text}\n`).join(''), keep, full ? 1.5 : 0)
  })

/** A page with other lines in its log; where `fill` is not 0, all cells hold it. */
export function withLog(original: Buffer, lines: string, keep = false, fill = 0): Buffer {
  const page = Buffer.from(original)
  const from = keep ? page.readUInt32LE(layout.logEndOffset) : 0
  const text = Buffer.from(lines).subarray(0, Math.max(0, 8192 - from))
  text.copy(page, layout.headerBytes + from)
  page.writeUInt32LE(from + text.length, layout.logEndOffset)
  for (let at = 0x3000; fill !== 0 && at < 0x5000; at += 8) page.writeDoubleLE(fill, at)
  return page
}

const noise = fc.uint8Array({ maxLength: 20_000 }).chain((bytes) =>
  fc.boolean().map((magic) => {
    const page = Buffer.from(bytes)
    if (magic && page.length > layout.versionOffset + 4) {
      page.write(layout.magic, 0, 'latin1')
      page.writeUInt32LE(layout.formatVersion, layout.versionOffset)
    }
    return page
  }),
)

/** Files by someone who wishes a reader ill, or by chance. */
export const hostilePage: fc.Arbitrary<Buffer> = fc.oneof(
  { arbitrary: mutated, weight: 4 },
  { arbitrary: logs, weight: 6 },
  { arbitrary: headerWords, weight: 4 },
  { arbitrary: cells, weight: 3 },
  { arbitrary: cutOrExtended, weight: 1 },
  { arbitrary: swapped, weight: 1 },
  { arbitrary: noise, weight: 1 },
)
