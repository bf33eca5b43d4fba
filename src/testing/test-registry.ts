import { Registry } from '../metrics/registry/registry.ts'
import { tickSeconds } from '../snapshot/kinds/rates.ts'
import { checkPassing, ManualClock } from './manual-clock.ts'
import { RegistryTestPage, type TestPage, type TestPageOptions } from './test-page.ts'

/** A registry whose time stands still until a test lets it pass. */
export interface TestRegistry {
  /** To be given to what is tested. Nothing is shared with the default registry, nor with that of another test. */
  readonly registry: Registry
  /** What its metrics take time from. Moved by hand, it goes on without ticks, as if the event loop were blocked. */
  readonly clock: ManualClock
  /**
   * Lets so many seconds pass, 0 or more, with a tick every five seconds: rates, windows and observers go on as in an app.
   * Throws PLIMSOLL_OPTION_INVALID for anything else.
   */
  advance(seconds: number): void
  /**
   * Shows the metrics to others, as `publish` of `plimsoll` does, but in a page that is in no file: on any system, and
   * without koffi, a lock or a timer. A further call returns the same page, until it is killed or closed.
   * Throws PLIMSOLL_OPTION_INVALID.
   */
  publish(options?: TestPageOptions): TestPage
}

/**
 * A registry for tests: `const { registry, advance, publish } = createTestRegistry()`. No interval runs, and nothing is to be
 * closed.
 */
export function createTestRegistry(): TestRegistry {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  let untilTick = tickSeconds
  let page: RegistryTestPage | undefined
  return {
    registry,
    clock,
    advance(seconds) {
      checkPassing(seconds)
      let left = seconds
      while (left >= untilTick) {
        clock.advance(untilTick)
        left -= untilTick
        untilTick = tickSeconds
        page?.beat()
        registry.tick()
      }
      clock.advance(left)
      untilTick -= left
      page?.beat()
    },
    publish(options = {}) {
      if (!page?.isOpen) page = new RegistryTestPage(registry, clock, options)
      return page
    },
  }
}
