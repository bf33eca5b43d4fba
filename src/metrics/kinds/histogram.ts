import type { ExplicitHistogram } from './explicit-histogram.ts'
import type { ExponentialHistogram } from './exponential-histogram.ts'

/** A distribution of values: exponential buckets unless bounds are given. */
export type Histogram = ExponentialHistogram | ExplicitHistogram
