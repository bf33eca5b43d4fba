export { type Comparison, type ComparisonResult, compare, type SourceValue } from './compare.ts'
export { formatComparison } from './comparison-table.ts'
export { readSnapshots, type SnapshotsRead } from './read-snapshots.ts'
export type { CompareRule, CompareStatistic, Computation } from './rule.ts'
