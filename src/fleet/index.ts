export type { PageFailure } from '../page/read/open-pages.ts'
export type { Compaction } from './archive/compact.ts'
export { type Fleet, type FleetParts, fleet } from './fleet.ts'
export type { FleetOptions } from './fleet-options.ts'
