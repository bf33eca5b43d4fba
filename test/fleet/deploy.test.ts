import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { type Publication, publish, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { type FamilySnapshot, mergeSnapshots, type Snapshot } from 'plimsoll/snapshot'
import { mappingUnavailable } from '#src/os/map.ts'
import { endPublication } from '../support/ended.ts'
import { laterClock, newFolder } from './pages.ts'

const needsPages = { skip: mappingUnavailable()?.message ?? false }

interface Release {
  readonly registry: Registry
  readonly publication: Publication
  end(): void
}

function release(t: TestContext, dir: string, declare: (registry: Registry) => void): Release {
  const registry = new Registry()
  declare(registry)
  const publication = publish({ registry, dir, app: 'shop', onWarning: () => {} })
  t.after(() => publication.close())
  if (publication.file === undefined) throw publication.error
  return { registry, publication, end: () => endPublication(publication) }
}

function familyOf({ families }: Snapshot, name: string): FamilySnapshot | undefined {
  return families.find((family) => family.name === name)
}

function countOf(family: FamilySnapshot | undefined): unknown {
  return family?.series.map((one) => ('count' in one ? one.count : 'value' in one ? one.value : undefined))
}

test('a deploy with other buckets goes on under the name, before and after compaction', needsPages, (t) => {
  const dir = newFolder(t)
  const shop = fleet('shop', { dir, clock: laterClock(), retentionSeconds: 0 })
  t.after(() => shop.close())
  const first = release(t, dir, (registry) => {
    const took = registry.timer('took', { buckets: [0.1, 1] })
    for (let i = 0; i < 50; i++) took.record(0.05)
  })
  first.end()
  release(t, dir, (registry) => registry.timer('took', { buckets: [0.1, 0.5, 1] }).record(0.3))
  const seen = (): unknown[] => {
    const families = shop.read().families.filter(({ name }) => name !== 'plimsoll.dropped')
    return families.map((family) => [family.name, countOf(family)])
  }
  const before = seen()
  assert.deepEqual(before, [['took', [51]]])
  assert.equal(shop.compact().archived.length, 1)
  assert.deepEqual(seen(), before)
})

test('a deploy with another kind owns the name, and the old one is back with its numbers', needsPages, (t) => {
  const dir = newFolder(t)
  const shop = fleet('shop', { dir, clock: laterClock(), retentionSeconds: 0 })
  t.after(() => shop.close())
  const asTimer = (registry: Registry): void => registry.timer('jobs').record(1)
  const asCounter = (registry: Registry): void => void registry.counter('jobs', { help: 'Jobs' }).add(7)
  const look = (): unknown[] => {
    const snapshot = shop.read()
    const jobs = familyOf(snapshot, 'jobs')
    return [jobs?.kind, countOf(jobs), countOf(familyOf(snapshot, 'plimsoll.conflicts'))]
  }
  const old = release(t, dir, asTimer)
  const young = release(t, dir, asCounter)
  assert.deepEqual(look(), ['counter', [7], [1]])
  young.end()
  assert.deepEqual(look(), ['timer', [1], [1]])
  shop.compact()
  assert.deepEqual(look(), ['timer', [1], [1]])
  old.end()
  const gone = look()
  assert.deepEqual(gone, ['counter', [7], [1]])
  shop.compact()
  assert.deepEqual(look(), gone)
  const back = release(t, dir, asTimer)
  assert.deepEqual(look(), ['timer', [2], [1]])
  const [conflict] = shop.read().conflicts ?? []
  assert.deepEqual([conflict?.family.kind, countOf(conflict?.family)], ['counter', [7]])
  assert.deepEqual(
    conflict?.pages.map(({ state }) => state),
    ['archived'],
  )
  back.end()
})

/** How a release may declare the metric, and what counts one more; those of one group are added up. */
const definitions: readonly { group: string; declare: (registry: Registry) => () => void }[] = [
  { group: 'counter', declare: (registry) => () => registry.counter('jobs').inc() },
  { group: 'in bytes', declare: (registry) => () => registry.counter('jobs', { unit: 'By' }).inc() },
  { group: 'exponential', declare: (registry) => () => registry.timer('jobs').record(1) },
  { group: 'explicit', declare: (registry) => () => registry.timer('jobs', { buckets: [1, 2] }).record(1) },
  { group: 'explicit', declare: (registry) => () => registry.timer('jobs', { buckets: [0.5, 2] }).record(1) },
  { group: 'histogram', declare: (registry) => () => registry.histogram('jobs').record(1) },
]

type Step = readonly ['start', number] | readonly ['count' | 'end', number, number] | readonly ['compact']

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant('start' as const), fc.nat(definitions.length - 1)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('count' as const), fc.nat(9), fc.integer({ min: 1, max: 5 })) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('end' as const), fc.nat(9), fc.constant(0)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('compact' as const)) },
)

function groupOf({ kind, unit, series: [one] }: FamilySnapshot): string {
  if (kind !== 'timer') return unit === 'By' ? 'in bytes' : kind
  return one !== undefined && 'buckets' in one && 'bounds' in one.buckets ? 'explicit' : 'exponential'
}

/** The total of each group, that of the owner of the name first. */
function totalsOf({ families, conflicts = [] }: Snapshot): [string, number][] {
  const all = [...families, ...conflicts.map(({ family }) => family)].filter(({ name }) => name === 'jobs')
  return all.map((family) => [groupOf(family), (countOf(family) as number[]).reduce((a, b) => a + b, 0)])
}

test('whatever is deployed and compacted, totals are exact, and names depend on no order', needsPages, (t) => {
  const property = fc.property(fc.array(step, { maxLength: 14 }), fc.nat(), (steps, seed) => {
    const dir = newFolder(t)
    const shop = fleet('shop', { dir, clock: laterClock(), retentionSeconds: seed % 2 === 0 ? 0 : 600 })
    const started: { group: string; counted: number; lives: boolean; count: () => void; end: () => void }[] = []
    const living = (i: number) => {
      const all = started.filter(({ lives }) => lives)
      return all[i % all.length]
    }
    for (const [what, i = 0, n = 0] of steps) {
      if (what === 'compact') shop.compact()
      const one = living(i)
      if (what === 'count' && one !== undefined) {
        for (let k = 0; k < n; k++) one.count()
        one.counted += n
      }
      if (what === 'end' && one !== undefined) {
        one.end()
        one.lives = false
      }
      if (what === 'start') {
        const { group, declare } = definitions[i] as (typeof definitions)[number]
        let count = (): void => {}
        const { end } = release(t, dir, (registry) => {
          count = declare(registry)
          count()
        })
        started.push({ group, counted: 1, lives: true, count, end })
      }
      const expected = new Map<string, number>()
      const byRank = [...started].reverse().sort((a, b) => Number(b.lives) - Number(a.lives))
      for (const { group, counted } of byRank) expected.set(group, (expected.get(group) ?? 0) + counted)
      const { total, parts } = shop.readParts()
      assert.deepEqual(totalsOf(total), [...expected])
      const shuffled = parts.toSorted((a, b) => orderBy(seed, a) - orderBy(seed, b))
      assert.deepEqual(totalsOf(mergeSnapshots(shuffled)), [...expected])
      assert.deepEqual(
        shop.failures.filter(({ error }) => error.code !== 'PLIMSOLL_FLEET_EMPTY'),
        [],
      )
    }
    shop.close()
    for (const one of started) if (one.lives) one.end()
  })
  fc.assert(property, { numRuns: 40 })
})

/** Some order of pages, another one for each seed. */
function orderBy(seed: number, { pages }: Snapshot): number {
  return Math.sin(seed + (pages[0]?.startedAt ?? 0) * 1000)
}
