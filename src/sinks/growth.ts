import { diffSnapshots } from '../snapshot/diff.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

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

  /** Takes a snapshot that `until` was given as sent. */
  acknowledge(snapshot: Snapshot): void {
    this.#acknowledged = snapshot
  }
}
