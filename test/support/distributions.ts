import assert from 'node:assert/strict'
import type { DistributionSeries, Snapshot } from 'plimsoll/snapshot'

/** The first series of a histogram or timer. */
export function distributionOf({ families }: Snapshot, name: string): DistributionSeries {
  const family = families.find((one) => one.name === name)
  assert(family?.kind === 'histogram' || family?.kind === 'timer', `there is no distribution ${name}`)
  return family.series[0] ?? assert.fail(`${name} has no series`)
}
