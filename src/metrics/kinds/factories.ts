import { explicitCells, exponentialHeadCells } from '../../snapshot/kinds/cells.ts'
import type { Kind } from '../../snapshot/snapshot.ts'
import { RevivableGauge } from '../lifetime/revivable-gauge.ts'
import { RevivableState } from '../lifetime/revivable-state.ts'
import { RevivableText } from '../lifetime/revivable-text.ts'
import type { FullDefinition } from '../registry/definition.ts'
import { Family } from '../registry/family.ts'
import type { Metric, MetricKind } from '../registry/metric.ts'
import { showAs } from '../registry/shown.ts'
import { Average } from './average.ts'
import { Counter } from './counter.ts'
import { ExplicitHistogram } from './explicit-histogram.ts'
import { ExponentialHistogram } from './exponential-histogram.ts'
import { Gauge } from './gauge.ts'
import type { Histogram } from './histogram.ts'
import { Info } from './info.ts'
import { Meter } from './meter.ts'
import { RollingAverage } from './rolling-average.ts'
import { State } from './state.ts'
import { Text } from './text.ts'
import { Timer } from './timer.ts'
import { TrackedGauge } from './tracked-gauge.ts'

/** The metric that each kind is. */
export interface MetricOf {
  readonly counter: Counter
  readonly gauge: Gauge
  readonly meter: Meter
  readonly histogram: Histogram
  readonly timer: Timer
  readonly average: Average
  readonly state: State
  readonly text: Text
  readonly info: Info
}

/** How the metrics of a family are made that was declared so. */
export type MetricFactory = (definition: FullDefinition) => MetricKind<Metric>

/** How the metrics of each kind are made. */
export const kinds: { readonly [K in Kind]: (definition: FullDefinition) => MetricKind<MetricOf[K]> } = {
  counter: () => ({ make: (slot, owner) => new Counter(slot, owner) }),
  gauge: gaugeKind,
  meter: () => ({ make: (slot, owner) => new Meter(slot, owner) }),
  histogram: histogramKind,
  timer: (definition) => {
    const { make } = histogramKind(definition)
    const { bounds } = definition
    const cells = bounds === undefined ? exponentialHeadCells : explicitCells(bounds.length)
    return { make: (slot, owner) => new Timer(make(slot, owner), owner, cells), activity: ({ count }) => count }
  },
  average: averageKind,
  state: ({ states = [], expireAfterSeconds }) => {
    const Class = expireAfterSeconds === undefined ? State : RevivableState
    return { make: (slot, owner) => new Class(slot, owner, states) }
  },
  text: ({ capacity = 0, expireAfterSeconds }) => {
    const Class = expireAfterSeconds === undefined ? Text : RevivableText
    return { make: (slot, owner) => new Class(slot, owner, capacity) }
  },
  info: () => ({ make: (slot) => new Info(slot) }),
}

showAs(Family, (family) => family.read(family.presentTime()))

function gaugeKind(definition: FullDefinition): MetricKind<Gauge> {
  const { type = 'float', aggregation, extremes, expireAfterSeconds, removeAtZero } = definition
  const isPlain = type === 'float' && aggregation !== 'last' && !extremes
  const returns = expireAfterSeconds !== undefined || removeAtZero
  const Class = returns ? RevivableGauge : isPlain ? Gauge : TrackedGauge
  return { make: (slot, owner) => new Class(slot, owner) }
}

function averageKind({ over }: FullDefinition): MetricKind<Average> {
  if (over === undefined || 'seconds' in over) return { make: (slot, owner) => new Average(slot, owner) }
  return { make: (slot, owner) => new RollingAverage(slot, owner, over.values) }
}

function histogramKind({ bounds }: FullDefinition): MetricKind<Histogram> {
  const activity = ({ count }: Histogram): number => count
  if (bounds === undefined) return { make: (slot, owner) => new ExponentialHistogram(slot, owner), activity }
  const uppers = Float64Array.from(bounds)
  return { make: (slot, owner) => new ExplicitHistogram(slot, owner, uppers), activity }
}

/** Of two equal declarations: whether one is for metrics that also count for other objects. */
export function differenceOfFactories(
  known?: MetricFactory,
  given?: MetricFactory,
): { known: string; given: string } | undefined {
  if (known === given) return undefined
  const say = (factory?: MetricFactory): string =>
    `metrics that count ${factory === undefined ? 'alone' : 'for other objects, too,'}`
  return { known: say(known), given: say(given) }
}
