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
} from './buckets.ts'
export type { Aggregation, AverageWindow, NumberType } from './family-traits.ts'
export { mergeSnapshots } from './merge.ts'
export {
  type NativeBuckets,
  type OpenTelemetryBuckets,
  toNativeHistogram,
  toOpenTelemetry,
  zeroThreshold,
} from './native-buckets.ts'
export { quantile, quantiles } from './quantile.ts'
export type {
  AverageFamilySnapshot,
  AverageOverWindow,
  AverageSeries,
  Buckets,
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
export { standardDeviation } from './standard-deviation.ts'
export { type Estimates, type Tree, type TreeLeaf, type TreeWindow, tree } from './tree.ts'
