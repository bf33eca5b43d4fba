import type { Leaves } from '../leaves/leaves.ts'

/** The paths of a family: what is before and behind the labels of each statistic. */
export class Paths {
  protected before: readonly string[] = []
  /** With a space at the end, as values follow. */
  protected after: readonly string[] = []
  readonly #hasTags: boolean

  constructor(hasTags: boolean) {
    this.#hasTags = hasTags
  }

  begin(name: string, _leaves: Leaves, statistics: readonly string[]): void {
    const endings = statistics.map((statistic) => (statistic === '' ? '' : `.${statistic}`))
    this.before = endings.map((ending) => (this.#hasTags ? name + ending : name))
    this.after = endings.map((ending) => (this.#hasTags ? ' ' : `${ending} `))
  }

  pathOf(labels: string, statistic: number): string {
    return (this.before[statistic] as string) + labels + (this.after[statistic] as string)
  }
}
