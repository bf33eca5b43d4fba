import type { Registry } from 'plimsoll'
import type { Contender } from '../calls.ts'
import { durationSum, durations, picks, randomPicks, routes, statuses } from '../inputs.ts'
import { newName } from '../published.ts'
import { mustEqual } from '../result.ts'

/** What nothing can beat: the arithmetic itself, on cells of the same page. */
export function bareRivals(
  registry: Registry,
): Readonly<Record<'cell' | 'store' | 'nestedMap' | 'nestedMapInNoOrder' | 'histogram' | 'clockReads', Contender>> {
  return {
    cell: {
      name: 'bare cell',
      make: () => {
        const { cells, index } = registry.counter(newName()).slot
        const call = (): void => {
          ;(cells[index] as number) += 1
        }
        return { call, verify: ({ calls }) => mustEqual('bare cell', cells[index] as number, calls) }
      },
    },
    store: {
      name: 'bare store',
      make: () => {
        const { cells, index } = registry.gauge(newName()).slot
        const call = (i: number): void => {
          cells[index] = i
        }
        return { call, verify: ({ slice }) => mustEqual('bare store', cells[index] as number, slice - 1) }
      },
    },
    nestedMap: { name: 'bare nested Map', make: () => nestedMap(registry, picks) },
    nestedMapInNoOrder: { name: 'bare nested Map, in no order', make: () => nestedMap(registry, randomPicks) },
    histogram: { name: 'bare histogram', make: bareHistogram },
    clockReads: {
      name: 'two clock reads',
      make: () => {
        const { cells, index } = registry.gauge(newName()).slot
        const call = (): void => {
          const begun = performance.now()
          ;(cells[index] as number) += performance.now() - begun
        }
        const verify = (): void => {
          if (!((cells[index] as number) > 0)) throw new Error('the clock stands still')
        }
        return { call, verify }
      },
    },
  }
}

function nestedMap(registry: Registry, order: Uint8Array): ReturnType<Contender['make']> {
  const family = registry.counter(newName(), { labels: ['route', 'status'] })
  const { cells } = family.labels({ route: routes[0] as string, status: statuses[0] as string }).slot
  const maps = new Map<string, Map<string, number>>()
  const slots = routes.map((route, i) => {
    const status = statuses[i] as string
    const { index } = family.labels({ route, status }).slot
    const inner = maps.get(route) ?? new Map<string, number>()
    maps.set(route, inner.set(status, index))
    return index
  })
  const call = (i: number): void => {
    const pick = order[i & 4095] as number
    const inner = maps.get(routes[pick] as string) as Map<string, number>
    ;(cells[inner.get(statuses[pick] as string) as number] as number) += 1
  }
  const sum = (): number => slots.reduce((all, index) => all + (cells[index] as number), 0)
  return { call, verify: ({ calls }) => mustEqual('bare nested Map', sum(), calls) }
}

const bits = new Float64Array(1)
const words = new Uint32Array(bits.buffer)

/** Eight buckets to the octave straight from the bits, over the whole range: no limits, no extremes, no checks. */
function bareHistogram(): ReturnType<Contender['make']> {
  const cells = new Float64Array(1 + 2048 * 8)
  const call = (i: number): void => {
    const value = durations[i & 4095] as number
    bits[0] = value
    const bucket = (words[1] as number) >>> 17
    ;(cells[0] as number) += value
    ;(cells[1 + bucket] as number) += 1
  }
  const verify: ReturnType<Contender['make']>['verify'] = ({ calls }) => {
    mustEqual('bare histogram', cells[0] as number, (calls / durations.length) * durationSum)
    mustEqual(
      'bare histogram',
      cells.subarray(1).reduce((all, n) => all + n, 0),
      calls,
    )
  }
  return { call, verify }
}
