export {
  type AggregateResult,
  type Aggregation,
  aggregate,
  type SourceValue,
} from './aggregate.ts'
export type { AggregateRule, AggregateStatistic, Computation } from './aggregate-rule.ts'
export { formatAggregation } from './aggregate-table.ts'
export { byWorker } from './by-worker.ts'
export { type Fleet, type FleetOptions, type FleetParts, fleet } from './fleet.ts'
export type { Folding } from './fold.ts'
export { readSnapshots, type SnapshotsRead } from './read-snapshots.ts'
