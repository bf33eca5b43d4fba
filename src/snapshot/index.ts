export {
  downscale,
  emptyLike,
  exponentialBound,
  isExplicit,
  mean,
  octaveBounds,
  recordedScale,
  totalCount,
} from './buckets.ts'
export { mergeSnapshots } from './merge.ts'
export { quantile, quantiles } from './quantile.ts'
export type {
  Aggregation,
  Buckets,
  CounterFamilySnapshot,
  CounterSeries,
  DistributionFamilySnapshot,
  DistributionSeries,
  ExplicitBuckets,
  ExponentialBuckets,
  FamilySnapshot,
  GaugeFamilySnapshot,
  GaugeSeries,
  Kind,
  Labels,
  PageInfo,
  PageState,
  Snapshot,
  Source,
  TextFamilySnapshot,
  TextSeries,
} from './snapshot.ts'
