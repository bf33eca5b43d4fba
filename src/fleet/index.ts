export { byWorker } from './by-worker.ts'
export { type Fleet, type FleetOptions, type FleetParts, fleet } from './fleet.ts'
export type { Folding } from './fold.ts'
