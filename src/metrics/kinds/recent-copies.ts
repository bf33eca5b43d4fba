import type { Tick } from '../../snapshot/kinds/rates.ts'
import {
  copiedCheckCell,
  copiedCountCell,
  copiedSumCell,
  copiesPerWindow,
  copyCells,
  copyCheck,
  copyCount,
  recentCells,
  recentWindows,
  sinceCell,
  untilCell,
} from '../../snapshot/kinds/recent.ts'
import type { Slot } from '../../snapshot/store.ts'
import type { Owner } from '../registry/owner.ts'

/** A tick that comes this much too early still makes a copy, rather than the next one, which is 5 seconds late. */
const leewaySeconds = 1

type Bounds = readonly number[] | undefined

/**
 * Begins the copies that recent windows are computed from, at the first tick that finds values: up to the tick before there
 * were none. `null` where there is no room: then there are no windows.
 */
export function beginCopies(owner: Owner, series: Slot, bounds: Bounds, { begun, before }: Tick): Slot | null {
  const recent = owner.allocateExtension(series, { recent: true }, recentCells(bounds))
  if (recent === undefined) return null
  for (const i of recentWindows.keys()) {
    const head = recent.index + i * copiesPerWindow * copyCells(bounds)
    writeHead(recent.cells, head, begun, before, 0, 0)
  }
  return recent
}

/** The head of the newer copy of a window. */
export function newerHead({ cells, index }: Slot, bounds: Bounds, window: number): number {
  const width = copyCells(bounds)
  const first = index + window * copiesPerWindow * width
  const second = first + width
  return (cells[second + sinceCell] as number) > (cells[first + sinceCell] as number) ? second : first
}

/**
 * Number of the copy of a window that is due; -1 for none. If nothing changed since the newer copy,
 * its time is extended to now.
 */
export function dueCopy(recent: Slot, bounds: Bounds, window: number, count: number, now: number): number {
  const { cells, index } = recent
  const newer = newerHead(recent, bounds, window)
  if (cells[newer + copiedCountCell] === count) {
    cells[newer + untilCell] = now
    return -1
  }
  const renewal = (recentWindows[window]?.renewal ?? 0) - leewaySeconds
  if (now - (cells[newer + untilCell] as number) < renewal) return -1
  const first = window * copiesPerWindow
  return newer === index + first * copyCells(bounds) ? first + 1 : first
}

/** Begins a copy: from now on, also if the writer dies, readers see that it is incomplete. Returns its head. */
export function openCopy({ cells, index }: Slot, bounds: Bounds, copy: number): number {
  const head = index + copy * copyCells(bounds)
  cells[head + copiedCheckCell] = 0
  return head
}

/** Ends it, once all counts are there. */
export function closeCopy({ cells }: Slot, head: number, now: number, sum: number, count: number): void {
  writeHead(cells, head, now, now, sum, count)
}

/** Invalidates all copies, because one has no room. */
export function dropCopies({ cells, index }: Slot, bounds: Bounds): null {
  for (let copy = 0; copy < copyCount; copy++) cells[index + copy * copyCells(bounds) + copiedCheckCell] = 0
  return null
}

/** The check comes last. */
function writeHead(cells: Float64Array, head: number, since: number, until: number, sum: number, count: number): void {
  cells[head + sinceCell] = since
  cells[head + untilCell] = until
  cells[head + copiedSumCell] = sum
  cells[head + copiedCountCell] = count
  cells[head + copiedCheckCell] = copyCheck(cells, head)
}
