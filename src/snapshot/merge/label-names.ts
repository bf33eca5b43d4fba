import type { FamilySnapshot } from '../snapshot.ts'
import { isBefore, type Rank } from './rank.ts'

/** The label names of a merged family: those of the newest in their order, then all others in that of the alphabet. */
export class LabelNames {
  private newest: readonly string[]
  private rank: Rank
  /** Names of a family without series hold only until there is one with series. */
  private hasSeries = false
  private others: Set<string> | undefined

  constructor(names: readonly string[], rank: Rank) {
    this.newest = names
    this.rank = rank
  }

  add({ labelNames }: FamilySnapshot, rank: Rank, hasSeries: boolean): void {
    if (!hasSeries && this.hasSeries) return
    const isFirst = !this.hasSeries && hasSeries
    if (isFirst) {
      this.hasSeries = true
      this.others = undefined
    }
    if (isFirst || isBefore(rank, this.rank)) {
      const before = this.newest
      this.newest = labelNames
      this.rank = rank
      if (!isFirst) this.keep(before)
    } else {
      this.keep(labelNames)
    }
  }

  get all(): readonly string[] {
    const others = [...(this.others ?? [])].filter((name) => !this.newest.includes(name))
    return others.length === 0 ? this.newest : [...this.newest, ...others.sort()]
  }

  private keep(names: readonly string[]): void {
    if (names === this.newest) return
    for (const name of names) {
      if (this.newest.includes(name)) continue
      this.others ??= new Set()
      this.others.add(name)
    }
  }
}
