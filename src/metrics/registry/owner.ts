import type { Clock } from '../../clock.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { Extension, FamilyDescription, Slot } from '../../snapshot/store.ts'

/** What a metric needs of its family; never called while a valid value is recorded. */
export interface Owner {
  readonly clock: Clock
  /** @internal */
  readonly description: FamilyDescription
  /** @internal Now, for reading. */
  presentTime(): ReadTime
  /** @internal Counts a value that was refused, for being NaN, infinite, out of range or not a number; or an exemplar. */
  reject(given: unknown, reason?: 'exemplar'): void
  /** @internal Counts a function of the app that threw, rejected or never came to an end. */
  countFailure(reason: 'observer' | 'callback'): void
  /** @internal Has the registry tick this family from now on. */
  needTicks(): void
  /** @internal More extension cells of `series`, announced to readers; `undefined` when the store has no room. */
  allocateExtension(series: Slot, extension: Extension, count: number): Slot | undefined
}
