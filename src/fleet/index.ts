export type { PageFailure } from '../page/read/open-pages.ts'
export type { Compaction } from './archive/compact.ts'
export { type Fleet, type FleetOptions, type FleetParts, fleet } from './fleet.ts'
