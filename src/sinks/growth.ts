import type { Position } from '../formats/leaves/walk.ts'
import { diffSnapshots, labelKey } from '../snapshot/diff.ts'
import type { FamilySnapshot, Snapshot } from '../snapshot/snapshot.ts'

/**
 * What came since the last acknowledged send, for protocols that take increments. A send that failed is not lost: its
 * interval is part of the next growth. The first snapshot is a baseline, from which nothing has grown, whether that send
 * succeeds or not: a sidecar that starts late must not send all of the past as one spike.
 */
export class Growth {
  #acknowledged: Snapshot | undefined

  /** The growth up to this snapshot; gauges and texts as they are. */
  until(snapshot: Snapshot): Snapshot {
    this.#acknowledged ??= snapshot
    return diffSnapshots(this.#acknowledged, snapshot)
  }

  /** Takes a snapshot that `until` was given as sent: all of it, or up to a series. */
  acknowledge(snapshot: Snapshot, end?: Position): void {
    const before = this.#acknowledged
    this.#acknowledged = end === undefined || before === undefined ? snapshot : joined(before, snapshot, end)
  }
}

/** The later snapshot up to a series, and what is behind it as it was before. */
function joined(before: Snapshot, after: Snapshot, { families, series }: Position): Snapshot {
  const known = new Map(before.families.map((family) => [family.name, family]))
  const all = after.families.map((family, i): FamilySnapshot => {
    if (i < families) return family
    const earlier = known.get(family.name)
    const rest: FamilySnapshot['series'] = earlier?.kind === family.kind ? earlier.series : []
    const sent = i === families ? family.series.slice(0, series) : []
    const keys = new Set(sent.map(({ labels }) => labelKey(labels)))
    const others = rest.filter(({ labels }) => !keys.has(labelKey(labels)))
    return { ...family, series: [...sent, ...others] } as FamilySnapshot
  })
  return { ...after, families: all }
}
