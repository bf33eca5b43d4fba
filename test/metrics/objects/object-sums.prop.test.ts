import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'plimsoll'
import { childrenByValue, statsFor, sumOfChildren, template } from 'plimsoll/objects'

const states = ['idle', 'busy', 'gone'] as const
const paths = ['/', '/a', '/b'] as const

/** What an object counted, in plain numbers. */
interface Counts {
  finished: number
  byPath: Record<string, number>
}

/** An object with sums of those below, as a model of it. */
class Group {
  readonly stats
  readonly groups: Group[] = []
  readonly leaves: Leaf[] = []
  /** What those below counted that are gone. */
  readonly kept: Counts = { finished: 0, byPath: {} }

  constructor(place: { registry: Registry } | { parent: Group }) {
    this.stats = statsFor(
      this,
      'parent' in place ? 'group-{}' : 'root',
      {
        finished: sumOfChildren(template.counter()),
        queued: sumOfChildren(template.gauge()),
        state: childrenByValue(),
        byPath: sumOfChildren(template.counter({ labels: ['path'] })),
      },
      place,
    )
  }

  *below(): Iterable<Leaf> {
    yield* this.leaves
    for (const group of this.groups) yield* group.below()
  }

  check(): void {
    const leaves = [...this.below()]
    const { stats, kept } = this
    const sum = (of: (leaf: Leaf) => number): number => leaves.reduce((all, leaf) => all + of(leaf), 0)
    assert.equal(stats.finished.value, kept.finished + sum(({ counts }) => counts.finished))
    assert.equal(
      stats.queued.value,
      sum(({ queued }) => queued),
    )
    for (const value of states)
      assert.equal(
        stats.state.labels({ value }).value,
        sum((leaf) => Number(leaf.state === value)),
      )
    for (const path of paths) {
      const expected = (kept.byPath[path] ?? 0) + sum(({ counts }) => counts.byPath[path] ?? 0)
      assert.equal(stats.byPath.labels({ path }).value, expected)
    }
    for (const group of this.groups) group.check()
  }
}

class Leaf {
  readonly stats
  readonly counts: Counts = { finished: 0, byPath: {} }
  queued = 0
  state: string = 'idle'

  constructor(parent: Group) {
    const templates = {
      finished: template.counter(),
      queued: template.gauge({ type: 'int' }),
      state: template.state({ states }),
      byPath: template.counter({ labels: ['path'] }),
    }
    this.stats = statsFor(this, 'leaf-{}', templates, { parent })
  }
}

/** One step: `at` picks an object. */
type Step = readonly [what: number, at: number, amount: number]

function take(root: Group, [what, at, amount]: Step): void {
  const groups = [root]
  for (const group of groups) groups.push(...group.groups)
  const group = groups[at % groups.length] as Group
  const leaf = group.leaves[at % (group.leaves.length || 1)]
  if (what === 0) group.groups.push(new Group({ parent: group }))
  else if (what === 1) group.leaves.push(new Leaf(group))
  else if (what === 2) closeGroup(groups, group)
  else if (leaf === undefined) return
  else if (what === 3) closeLeaf(groups, group, leaf)
  else record(leaf, what, amount)
}

function record(leaf: Leaf, what: number, amount: number): void {
  const { stats, counts } = leaf
  const path = paths[amount % paths.length] as string
  const value = states[amount % states.length] as (typeof states)[number]
  if (what === 4) {
    stats.finished.add(amount)
    counts.finished += amount
  } else if (what === 5) {
    leaf.queued = amount - 500
    stats.queued.set(amount - 500)
  } else if (what === 6) {
    leaf.state = value
    stats.state.set(value)
  } else if (what === 7) {
    stats.byPath.labels({ path }).value += amount
    counts.byPath[path] = (counts.byPath[path] ?? 0) + amount
  } else {
    stats.queued.dec(amount)
    leaf.queued -= amount
  }
}

function closeLeaf(groups: readonly Group[], group: Group, leaf: Leaf): void {
  leaf.stats.close()
  for (const each of groups) {
    if (![...each.below()].includes(leaf)) continue
    each.kept.finished += leaf.counts.finished
    for (const path of paths) each.kept.byPath[path] = (each.kept.byPath[path] ?? 0) + (leaf.counts.byPath[path] ?? 0)
  }
  group.leaves.splice(group.leaves.indexOf(leaf), 1)
}

function closeGroup(groups: readonly Group[], group: Group): void {
  const above = groups.find((each) => each.groups.includes(group))
  if (above === undefined) return
  group.stats.close()
  const below = groups.filter((each) => each !== group)
  for (const leaf of [...group.below()]) {
    const holder = [group, ...below].find((each) => each.leaves.includes(leaf)) as Group
    closeLeaf(below, holder, leaf)
  }
  above.groups.splice(above.groups.indexOf(group), 1)
}

test('Sums and counts of objects below are right after whatever these do, and whoever comes and goes', () => {
  const step = fc.tuple(fc.nat(8), fc.nat(1000), fc.nat(1000))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const registry = new Registry()
      const root = new Group({ registry })
      for (const one of steps) take(root, one)
      root.check()
      const before = [...root.below()].length
      const threads = registry.read().families.find(({ name }) => name === 'root.leaf.finished')
      assert.equal(threads?.series.length ?? 0, root.leaves.length)
      assert(before >= root.leaves.length)
      root.stats.close()
      const left = registry.read().families.flatMap(({ name, series }) => (series.length > 0 ? [name] : []))
      assert.deepEqual(left, [])
    }),
    { numRuns: 300 },
  )
})
