import { mean, recentRate } from './buckets/buckets.ts'
import { quantiles } from './buckets/quantile.ts'
import { standardDeviation } from './buckets/standard-deviation.ts'
import { checkSnapshot } from './check-snapshot.ts'
import type {
  AverageSeries,
  Distribution,
  DistributionSeries,
  Extremes,
  FamilySnapshot,
  Labels,
  Rates,
  Recent,
  Snapshot,
  StateSeries,
  Windows,
} from './snapshot.ts'

/** The quantiles that a leaf has. */
const shares = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999] as const

/** What is estimated from the buckets of a distribution; all absent while it is empty. */
export interface Estimates {
  /** The mean of the values. */
  readonly mean?: number
  /** The standard deviation of the values. */
  readonly standardDeviation?: number
  /** By share: `quantiles['0.99']`. */
  readonly quantiles?: Readonly<Record<`${(typeof shares)[number]}`, number>>
}

/** A window of time in a leaf. */
export interface TreeWindow extends Estimates, Partial<Extremes> {
  readonly seconds: number
  /** How many values were recorded in it. */
  readonly count?: number
  /** The sum of these values. */
  readonly sum?: number
  /** Per second. */
  readonly rate?: number
}

/** What one series has; which of it depends on its kind. */
export interface TreeLeaf extends Estimates {
  /** Counters, gauges, meters, states and texts. */
  readonly value?: number | string | null
  /** How many values were recorded: averages and distributions. */
  readonly count?: number
  /** The sum of these values. */
  readonly sum?: number
  /** The smallest value: distributions. */
  readonly min?: number
  /** The largest value: distributions. */
  readonly max?: number
  /** The value recorded last: timers. */
  readonly last?: number
  /** How often something happens: meters and timers. */
  readonly rates?: Rates
  /** The last minute and the last five: distributions. */
  readonly recent?: Windows<TreeWindow>
  /** Smallest and largest value of the last minute and the last five: gauges. */
  readonly extremes?: Windows<Extremes>
  /** Averages only: over the last values or seconds. */
  readonly window?: Pick<TreeWindow, 'mean'> & Required<Pick<TreeWindow, 'count' | 'sum'>>
  /** States only. */
  readonly seconds?: StateSeries['seconds']
  /** Holders of a state. */
  readonly users?: number
  /** Processes in the value; of a state, in each state. */
  readonly processes?: number | StateSeries['processes']
}

/** A place in the tree: its values, and the places below it. Use `?.`, as a place may be missing. */
export type Tree = TreeLeaf & { readonly [part: string]: Tree }

/** A node while the tree grows. Maps, as names such as `constructor` mean something in objects. */
interface Node {
  readonly parts: Map<string, Node>
  leaf?: TreeLeaf
  tree?: Tree
}

/**
 * A snapshot by the parts of its names: `tree(registry.read()).web.latency.count`. Behind the name come label values in
 * declared order: `….web.requests.GET['/'].value`; labels that the family did not declare, such as `overflow`, as
 * `….web.requests['overflow=true'].value`. A place may be both a metric and what others are below; where a field and a part
 * have one name, the part has it. Of texts with equal labels, as a fleet may have them, the last is there.
 *
 * Plain objects, created by each call: a distribution costs a walk over its buckets.
 */
export function tree(snapshot: Snapshot): Tree {
  checkSnapshot('tree()', snapshot)
  const root: Node = { parts: new Map() }
  const nodes = [root]
  for (const family of snapshot.families) {
    const path = family.name.split('.')
    const declared = new Set(family.labelNames)
    for (const series of family.series) {
      nodeAt(nodes, [...path, ...labelParts(declared, series.labels)]).leaf = leafOf(series)
    }
  }
  // Those below stand behind: names may be so deep that a function which calls itself would run out of stack.
  for (const node of nodes.reverse()) node.tree = toObject(node)
  return root.tree as Tree
}

function labelParts(declared: ReadonlySet<string>, labels: Labels): string[] {
  return Object.entries(labels).map(([name, value]) => (declared.has(name) ? value : `${name}=${value}`))
}

/** The node of that path below the first one; those that are made are added at the end. */
function nodeAt(nodes: Node[], path: readonly string[]): Node {
  let node = nodes[0] as Node
  for (const part of path) {
    let next = node.parts.get(part)
    if (next === undefined) {
      next = { parts: new Map() }
      node.parts.set(part, next)
      nodes.push(next)
    }
    node = next
  }
  return node
}

function toObject({ leaf, parts }: Node): Tree {
  const below = [...parts].map(([part, node]) => [part, node.tree] as const)
  // From entries, as a part may be called `__proto__`.
  return Object.fromEntries([...Object.entries(leaf ?? {}), ...below]) as unknown as Tree
}

function leafOf(series: FamilySnapshot['series'][number]): TreeLeaf {
  const parts = series as Partial<DistributionSeries> & Pick<AverageSeries, 'window'>
  const { labels: _labels, exemplars: _exemplars, buckets, recent, window, ...fields } = parts
  const isDistribution = buckets !== undefined
  return {
    ...fields,
    ...(isDistribution ? estimates(series as DistributionSeries) : meanOf(series)),
    ...(recent && { recent: windowsOf(recent, series as DistributionSeries) }),
    ...(window && { window: { ...window, ...meanOf(window) } }),
  }
}

function windowsOf(recent: Windows<Recent>, of: DistributionSeries): Windows<TreeWindow> {
  const entries = Object.entries(recent).map(([name, window]: [string, Recent]) => {
    const { seconds, count, sum } = window
    const rate = recentRate(window)
    return [name, { seconds, count, sum, ...(rate !== undefined && { rate }), ...estimates(window, of) }]
  })
  return Object.fromEntries(entries)
}

function estimates(of: Distribution, within: Distribution = of): Estimates {
  const values = quantiles(of, shares, within)
  const [average, deviation] = [mean(of), standardDeviation(of)]
  if (values === undefined || average === undefined || deviation === undefined) return {}
  return {
    mean: average,
    standardDeviation: deviation,
    quantiles: Object.fromEntries(shares.map((share, i) => [share, values[i]])) as Required<Estimates>['quantiles'],
  }
}

function meanOf(of: object): { readonly mean?: number } {
  const value = 'count' in of ? mean(of as AverageSeries) : undefined
  return value === undefined ? {} : { mean: value }
}
