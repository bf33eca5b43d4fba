import { isAlive } from '../../snapshot/page-state.ts'
import type { AppReading } from './watch.ts'

/** Which readings have a line. */
export class ShownReadings {
  readonly #apart: boolean
  readonly #isNamed: boolean
  #lived: ReadonlySet<string> = new Set()
  #isFirst = true

  constructor(apart: boolean, isNamed: boolean) {
    this.#apart = apart
    this.#isNamed = isNamed
  }

  /**
   * Those that live, and those that did at the read before: what they counted last is not missed. At the first read also apps
   * that were named, or all when none lives.
   */
  of(readings: readonly AppReading[]): readonly AppReading[] {
    const live = new Set(readings.filter(({ pages }) => pages.some(isAlive)).map(({ app }) => app))
    const all = this.#isFirst && !this.#apart && (this.#isNamed || live.size === 0)
    const shown = all ? readings : readings.filter(({ app }) => live.has(app) || this.#lived.has(app))
    this.#isFirst = false
    this.#lived = live
    return shown
  }
}
