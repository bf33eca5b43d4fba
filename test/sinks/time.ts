import type { TestContext } from 'node:test'
import type { Clock } from 'plimsoll'

/** Time that a test moves: timers, and a clock that goes with them. */
export interface Time {
  readonly clock: Clock
  /** Lets time pass in small steps, and between them all promises that are settled go on. */
  pass(seconds: number): Promise<void>
}

export function mockTime(t: TestContext): Time {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_700_000_000_000 })
  return {
    clock: { now: () => Date.now(), unixTime: () => Date.now() / 1000 },
    async pass(seconds) {
      for (let left = seconds * 1000; left > 0; left -= 250) {
        t.mock.timers.tick(Math.min(left, 250))
        await settle()
      }
    },
  }
}

/** Lets promises that are settled go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate)
}
