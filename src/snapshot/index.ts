export {
  downscale,
  emptyLike,
  exponentialBound,
  isExplicit,
  mean,
  octaveBounds,
  recentRate,
  recordedScale,
  totalCount,
} from './buckets/buckets.ts'
export {
  type NativeBuckets,
  type OpenTelemetryBuckets,
  toNativeHistogram,
  toOpenTelemetry,
  zeroThreshold,
} from './buckets/native-buckets.ts'
export { quantile, quantiles } from './buckets/quantile.ts'
export { standardDeviation } from './buckets/standard-deviation.ts'
export { diffSnapshots } from './diff.ts'
export type { Aggregation, AverageWindow, NumberType } from './family-traits.ts'
export { publishedLabels } from './merge/apps.ts'
export { byWorker } from './merge/by-worker.ts'
export { mergeSnapshots } from './merge/merge.ts'
export { withProcesses } from './process-families.ts'
export { selectionFor, selectSnapshot } from './selection.ts'
export { formatSelector, parseSelectors } from './selector.ts'
export { matchSelector, type SelectorMatch } from './selector-match.ts'
export type { LabelMatcher, Selection, Selector, SelectorComparison } from './selector-type.ts'
export type {
  AverageFamilySnapshot,
  AverageOverWindow,
  AverageSeries,
  Buckets,
  Conflict,
  CounterFamilySnapshot,
  CounterSeries,
  Distribution,
  DistributionFamilySnapshot,
  DistributionSeries,
  Exemplar,
  ExplicitBuckets,
  ExponentialBuckets,
  Extremes,
  FamilySnapshot,
  GaugeFamilySnapshot,
  GaugeSeries,
  InfoFamilySnapshot,
  InfoSeries,
  Kind,
  Labels,
  MeterFamilySnapshot,
  MeterSeries,
  PageInfo,
  PageState,
  Rates,
  Recent,
  Snapshot,
  Source,
  StateFamilySnapshot,
  StateSeries,
  TextFamilySnapshot,
  TextSeries,
  Windows,
} from './snapshot.ts'
export { type Estimates, type Tree, type TreeLeaf, type TreeWindow, tree } from './tree.ts'
