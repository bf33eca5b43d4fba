import fc from 'fast-check'
import type { FamilySnapshot, Labels, PageInfo, Snapshot } from 'plimsoll/snapshot'
import { kindAndSeries, kindNames } from './kind-arbitraries.ts'

/** Any text at all: all of Unicode, line feeds, quotes, lone surrogates. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\\', '"', '\n', '\ud800', '\udfff', '\ufffd', 'd800', 'a', '}', ',', '=') }),
)

const plainObjects = { noNullPrototype: true } as const

const name = fc.oneof(
  anyText,
  fc
    .array(fc.constantFrom('web', 'x', 'total', 'count', 'sum', 'seconds', '2'), { minLength: 1, maxLength: 4 })
    .chain((parts) => fc.constantFrom('.', '/', '_', '-').map((joint) => parts.join(joint))),
)
const unit = fc.oneof(fc.constantFrom('', 's', 'By', '1', '%', 'ms', '{request}/s'), anyText)
const labelName = fc.oneof(
  fc.constantFrom('a', 'b', 'le', 'quantile', '_a', 'constructor', 'toString'),
  fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,5}$/),
)

function labelSets(labelNames: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<Labels[]> {
  const one = fc.tuple(...labelNames.map(() => value)).map((values) => {
    return Object.fromEntries(labelNames.map((label, i) => [label, values[i] ?? '']))
  })
  const others = fc
    .constantFrom<Labels[][]>(
      [],
      [{ overflow: 'true' }],
      [{ evicted: 'true' }],
      [{ overflow: 'true' }, { evicted: 'true' }],
    )
    .map((others) => (labelNames.length > 0 ? others : []))
  const sets = fc.uniqueArray(one, { maxLength: 4, selector: (labels) => JSON.stringify(Object.values(labels)) })
  return fc.tuple(sets, others).map(([list, last]) => [...list, ...last])
}

function withSeries(
  head: { name: string; unit: string; help: string; labelNames: string[] },
  value: fc.Arbitrary<string>,
): fc.Arbitrary<FamilySnapshot> {
  return labelSets(head.labelNames, value)
    .chain((sets) => kindAndSeries(sets, value, head.name))
    .map((kind) => ({ ...head, ...kind }) as FamilySnapshot)
}

const page: fc.Arbitrary<PageInfo> = fc.record(
  {
    file: fc.option(anyText),
    pid: fc.nat(),
    tid: fc.nat(9),
    app: anyText,
    host: anyText,
    startedAt: fc.double({ min: 0, max: 2e9, noNaN: true }).map((x) => x + 0),
    state: fc.constantFrom('live', 'blocked', 'exited', 'killed', 'archived'),
    heartbeatAge: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }).map((x) => x + 0)),
  },
  plainObjects,
)

function snapshotOf(
  families: fc.Arbitrary<FamilySnapshot>,
  pages: fc.Arbitrary<PageInfo[]>,
  maxLength = 5,
): fc.Arbitrary<Snapshot> {
  return fc.record(
    {
      version: fc.constant(1 as const),
      takenAt: fc.integer({ min: 1, max: 2_000_000_000 }),
      pages,
      families: fc
        .uniqueArray(families, { maxLength, selector: (family) => family.name })
        .map((list) => list.sort((a, b) => (a.name < b.name ? -1 : 1))),
    },
    plainObjects,
  )
}

/** A snapshot in which every text is as odd as text can be. */
export const oddSnapshot: fc.Arbitrary<Snapshot> = snapshotOf(
  fc
    .record({ name, unit, help: anyText, labelNames: fc.uniqueArray(labelName, { maxLength: 3 }) }, plainObjects)
    .chain((head) => withSeries(head, anyText)),
  fc.array(page, { maxLength: 3 }),
)

/** Snapshots whose families and series meet often, with at least one page each. */
export const meetingSnapshot: fc.Arbitrary<Snapshot> = snapshotOf(
  fc
    .record(
      {
        name: fc.constantFrom('any', ...kindNames),
        unit: fc.constantFrom('', 's'),
        help: fc.constant(''),
        labelNames: fc.constantFrom<string[][]>(['x'], ['x', 'y'], ['y', 'x'], []),
      },
      plainObjects,
    )
    .chain((head) => withSeries(head, fc.constantFrom('1', '2', '12', ''))),
  fc.array(page, { minLength: 1, maxLength: 2 }),
  8,
)
