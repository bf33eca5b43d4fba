import type { Parts } from '../../snapshot/kinds/parts.ts'
import type { Chunks } from './chunks.ts'
import { type KnownFamily, KnownHeads } from './known-heads.ts'
import type { PageFamily } from './page-family.ts'

interface Shared {
  readonly families: readonly PageFamily[]
  /** Of each family, the one that the heads are of. */
  readonly versions: readonly number[]
  readonly parts: string
  readonly heads: KnownHeads
}

/**
 * What selections that differ in distributions alone know of the other families. A page that is read as a whole now and then, and
 * without its distributions in between, gives the same objects in all of these reads where nothing has changed.
 */
export class SharedHeads {
  private latest: Shared | undefined

  /** The heads of these families, as they were made for another selection, or new ones. */
  of(known: readonly KnownFamily[], parts: Parts, chunks: Chunks): KnownHeads {
    const families = known.map(({ family }) => family)
    const shown = JSON.stringify([parts.recent, parts.exemplars])
    if (this.latest !== undefined && isOf(this.latest, families, shown)) {
      const { heads } = this.latest
      for (const [owner, one] of known.entries()) one.known = { rows: heads, owner }
      return heads
    }
    const heads = new KnownHeads(known, chunks)
    this.latest = { families, versions: families.map(({ version }) => version), parts: shown, heads }
    return heads
  }
}

function isOf({ families, versions, parts }: Shared, wanted: readonly PageFamily[], shown: string): boolean {
  if (parts !== shown || families.length !== wanted.length) return false
  return wanted.every((family, i) => family === families[i] && family.version === versions[i])
}
