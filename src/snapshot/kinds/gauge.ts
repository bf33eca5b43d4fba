import { flag, oneOf } from '../../options.ts'
import { amountOr0 } from '../amounts.ts'
import { aggregations, numberTypes } from '../family-traits.ts'
import { maxLabels } from '../limits.ts'
import type { ReadTime } from '../read-time.ts'
import type { GaugeFamilySnapshot, GaugeSeries, Labels } from '../snapshot.ts'
import type { FamilyDescription, Slot } from '../store.ts'
import { extremesCells, readExtremes } from './extremes.ts'
import { gaugeSum } from './merge-gauge.ts'
import { areLabels, isLabelled, type KindOptions, numberOptions } from './options.ts'
import type { Parts } from './parts.ts'
import type { KindRow } from './row.ts'
import { inUnit, type KindStatistics } from './statistic.ts'

/** What decides how the cells of a gauge lie. */
export type GaugeLayout = Pick<FamilyDescription, 'aggregation' | 'extremes'>

/**
 * Cells of a gauge: the value; with aggregation `last` also when it was set, in seconds of the writer's clock, 0 for never;
 * then, with `extremes`, the ring that these are computed from.
 */
export const setAtCell = 1

/** Where the ring of a gauge with `extremes` begins. */
export function extremesAt({ aggregation }: GaugeLayout): number {
  return aggregation === 'last' ? setAtCell + 1 : 1
}

/** How many cells a gauge has. */
export function gaugeCells(layout: GaugeLayout): number {
  return extremesAt(layout) + (layout.extremes ? extremesCells : 0)
}

/** The gauge whose cells begin at `slot`. A value that no writer sets is passed on: a family leaves such a gauge out. */
export function readGauge(
  layout: GaugeLayout,
  labels: Labels,
  { cells, index }: Slot,
  { end, offset }: ReadTime,
  parts: Parts,
): GaugeSeries {
  const value = cells[index] as number
  const extremes =
    layout.extremes && parts.recent.length > 0 ? readExtremes(cells, index + extremesAt(layout), value, end) : undefined
  if (extremes === undefined && layout.aggregation !== 'last') return { labels, value }
  const setAt = layout.aggregation === 'last' ? amountOr0(cells[index + setAtCell] as number) : undefined
  return {
    labels,
    value,
    ...(setAt !== undefined && { setAt: setAt && setAt + offset }),
    ...(extremes !== undefined && { extremes }),
  }
}

/** Families whose `type` differs give plain numbers, and up-down counters are only those that all are. */
function joinHeads(head: GaugeFamilySnapshot, family: GaugeFamilySnapshot): GaugeFamilySnapshot {
  const { type, upDownCounter, ...plain } = head
  if (type === family.type && upDownCounter === family.upDownCounter) return head
  return {
    ...plain,
    ...(type !== undefined && type === family.type && { type }),
    ...(upDownCounter && family.upDownCounter && { upDownCounter }),
  }
}

const options: KindOptions = {
  ...numberOptions,
  labels: [
    (labels, { aggregation }) => areLabels(labels) && !(aggregation === 'process' && labels.includes('process')),
    `an array of at most ${maxLabels} label names other than "process", which the aggregation "process" adds`,
  ],
  aggregation: oneOf(...aggregations),
  type: oneOf(...numberTypes),
  upDownCounter: [
    (given, { aggregation = 'sum' }) => typeof given === 'boolean' && (aggregation === 'sum' || !given),
    'false, or true with the aggregation "sum"',
  ],
  extremes: flag,
  removeAtZero: [
    (given, declared) => typeof given === 'boolean' && (isLabelled(declared) || !given),
    'false, or true on a metric with labels',
  ],
}

const statistics: KindStatistics<GaugeSeries> = {
  default: 'value',
  named: {
    value: inUnit(({ value }) => value),
    '1m.min': inUnit(({ extremes }) => extremes?.['1m']?.min),
    '1m.max': inUnit(({ extremes }) => extremes?.['1m']?.max),
    '5m.min': inUnit(({ extremes }) => extremes?.['5m']?.min),
    '5m.max': inUnit(({ extremes }) => extremes?.['5m']?.max),
  },
}

export const gaugeRow: KindRow<GaugeFamilySnapshot> = {
  options,
  defaults: { aggregation: 'sum', type: 'float' },
  statistics,
  cells: gaugeCells,
  isTimed: ({ extremes }) => extremes === true,
  // The time of the last one is read by the clock, which may be set.
  isTimeless: ({ extremes, aggregation }) => extremes !== true && aggregation !== 'last',
  read: (layout, source, at, parts) => readGauge(layout, source.labels, source, at, parts),
  head: ({ aggregation = 'sum', type, upDownCounter }) => ({
    aggregation,
    ...(type && type !== 'float' && { type }),
    ...(upDownCounter && { upDownCounter }),
  }),
  // No writer sets NaN or an infinity, and unlike a count, a damaged gauge is not 0.
  isShown: ({ removeAtZero }, { value }) => Number.isFinite(value) && (value !== 0 || removeAtZero !== true),
  traits: ({ aggregation }) => aggregation,
  distinction: ({ aggregation }) => `by ${aggregation}`,
  joinHeads,
  sum: ({ aggregation }) => gaugeSum(aggregation),
  familyFields: ['aggregation', 'type', 'upDownCounter'],
  fields: { value: 'digitsOrNull', processes: 'count?', setAt: 'finite?', extremes: 'extremes?' },
}
