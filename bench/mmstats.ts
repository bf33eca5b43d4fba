import { counter64, float64, mmstats } from 'plimsoll/mmstats'
import type { Contender } from './calls.ts'
import { newFolder } from './published.ts'
import { mustEqual } from './result.ts'

const folder = newFolder()
let serial = 0

/** A model with one field of each kind that is measured, in a mapped file of its own. */
function newStats() {
  serial++
  const options = { path: folder, filename: `bench-${serial}.mmstats` }
  const stats = mmstats({ hits: counter64(), load: float64() }, options)
  if (stats.file === undefined) throw stats.error ?? new Error('there is no file')
  return stats
}

/** Fields of mmstats files, each written into the buffer that does not count, which is then made to. */
export const mmstatsFields: Readonly<Record<'set' | 'add' | 'inc', Contender>> = {
  set: {
    name: 'plimsoll float64 set(x)',
    make: () => {
      const { load } = newStats()
      return { call: (i) => load.set(i), verify: ({ slice }) => mustEqual('set', load.value, slice - 1) }
    },
  },
  add: {
    name: 'plimsoll float64 add(x)',
    make: () => {
      const { load } = newStats()
      return { call: () => load.add(0.5), verify: ({ calls }) => mustEqual('add', load.value, calls / 2) }
    },
  },
  inc: {
    name: 'plimsoll counter64 inc()',
    make: () => {
      const { hits } = newStats()
      return { call: () => hits.inc(), verify: ({ calls }) => mustEqual('inc', hits.value, calls) }
    },
  },
}
