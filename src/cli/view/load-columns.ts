import { hostname } from 'node:os'
import type { Load } from '../../findings/load.ts'
import { humanNumber } from '../../formats/table/human-number.ts'
import { containerId } from '../../os/container.ts'
import { cpuSecondsOf } from '../../os/process-usage.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import type { Column } from './columns.ts'

function cell(value: number | undefined, text: (value: number) => string): string {
  return value === undefined ? '-' : text(value)
}

/** What such columns are of, while those of `plimsoll top` are of the last seconds. */
const lastMinute = 'last minute'

/** What a list of processes shows of their load. */
export const loadColumns: readonly Column<Load>[] = [
  { head: 'CPU', align: 'right', cell: ({ cpu }) => cell(cpu, (share) => `${Math.round(share * 100)} %`) },
  { head: 'RSS', align: 'right', cell: ({ memory }) => cell(memory, (bytes) => humanNumber(bytes, 'By')) },
  {
    head: 'LOOP p99',
    align: 'right',
    group: lastMinute,
    cell: ({ loopDelay }) => cell(loopDelay, (seconds) => humanNumber(seconds, 's')),
  },
  { head: 'REQ/S', align: 'right', group: lastMinute, cell: ({ requestRate }) => cell(requestRate, rateText) },
  {
    head: 'P99',
    align: 'right',
    group: lastMinute,
    cell: ({ requestP99 }) => cell(requestP99, (seconds) => humanNumber(seconds, 's')),
  },
]

function rateText(rate: number): string {
  return humanNumber(rate >= 100 ? Math.round(rate) : rate, '')
}

/**
 * The load with what a blocked process used of the processors since its last heartbeat, as the kernel counts it: about 100 % for
 * one that computes, 0 for one that waits or is stopped. Its own numbers are older than that.
 */
export function cpuOf(page: PageInfo, { families }: Snapshot, { cpu, ...load }: Load): Load {
  if (page.state !== 'blocked') return cpu === undefined ? load : { ...load, cpu }
  const family = families.find(({ name }) => name === 'process.cpu.time')
  const isHere = page.host === hostname() && (page.container ?? '') === containerId()
  if (family?.kind !== 'counter' || !isHere || !((page.heartbeatAge ?? 0) > 0)) return load
  const used = cpuSecondsOf(page.pid)
  const before = family.series.reduce((sum, { value }) => sum + value, 0)
  return used === undefined ? load : { ...load, cpu: Math.max(0, used - before) / (page.heartbeatAge ?? 1) }
}
