import { Registry } from '../metrics/registry.ts'
import { tickSeconds } from '../snapshot/rates.ts'
import { ManualClock } from './manual-clock.ts'

/** A registry whose time stands still until a test lets it pass. */
export interface TestRegistry {
  /** To be given to what is tested. Nothing is shared with the default registry, nor with that of another test. */
  readonly registry: Registry
  /** What its metrics take time from. Moved by hand, it goes on without ticks, as if the event loop were blocked. */
  readonly clock: ManualClock
  /** Lets so many seconds pass, 0 or more, with a tick every five seconds: rates, windows and producers go on as in an app. */
  advance(seconds: number): void
}

/**
 * A registry for tests: `const { registry, advance } = createTestRegistry()`. No interval runs, and nothing is to be closed.
 */
export function createTestRegistry(): TestRegistry {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  let untilTick = tickSeconds
  return {
    registry,
    clock,
    advance(seconds) {
      let left = seconds
      while (left >= untilTick) {
        clock.advance(untilTick)
        left -= untilTick
        untilTick = tickSeconds
        registry.tick()
      }
      clock.advance(left)
      untilTick -= left
    },
  }
}
