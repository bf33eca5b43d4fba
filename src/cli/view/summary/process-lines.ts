import { bytes, percent, time } from '../../../findings/finding.ts'
import { loadOf } from '../../../findings/load.ts'
import { Seen } from '../../../findings/seen.ts'
import { gaugeNumber, humanNumber } from '../../../formats/table/human-number.ts'
import { cut } from '../../../formats/table/printable.ts'
import { endTime, isAlive } from '../../../snapshot/page-state.ts'
import type { Snapshot } from '../../../snapshot/snapshot.ts'
import { cpuOf } from '../load-columns.ts'

/** What plimsoll observes of a process, in a few lines; none where it observes nothing. */
export function processLines(snapshot: Snapshot, width: number): string[] {
  const seen = new Seen(snapshot)
  const { page } = seen
  const isOne = page !== undefined && snapshot.pages.length === 1
  const load = isOne ? cpuOf(page, snapshot, loadOf(seen)) : loadOf(seen)
  const limit = load.heapLimit === undefined ? '' : ` of ${bytes(load.heapLimit)}`
  const process = [
    part('CPU', load.cpu, percent),
    part('RSS', load.memory, bytes),
    part('heap', load.heapUsed, (used) => bytes(used) + limit),
    part('descriptors', seen.sum('process.unix.file_descriptor.count'), (count) => humanNumber(count, '')),
    part('uncaught errors', seen.sum('nodejs.uncaught_exceptions') || undefined, (count) => humanNumber(count, '')),
  ]
  const loop = [
    isOne && page.state === 'blocked'
      ? part('blocked', page.heartbeatAge ?? undefined, time)
      : part('late', load.loopDelay, (seconds) => `${time(seconds)} (p99)`),
    part('busy', load.loopUtilization, percent),
    part('garbage collection', load.gcShare, percent),
  ]
  return [
    ...linesOf('ended', endOf(snapshot), width),
    ...linesOf('process', process, width),
    ...linesOf('event loop', loop, width),
  ]
}

/** When a process ended. */
function endOf({ pages: [page, second], takenAt }: Snapshot): string[] {
  if (page === undefined || second !== undefined || isAlive(page) || page.state === 'archived') return []
  return [gaugeNumber(endTime(page, takenAt), 's')]
}

function part(name: string, value: number | undefined, text: (value: number) => string): string {
  return value === undefined ? '' : `${name} ${text(value)}`
}

/** What does not fit a line stands below it. */
function linesOf(subject: string, parts: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const part of parts.filter((one) => one !== '')) {
    const longer = lines.length === 0 ? undefined : `${lines.at(-1)}, ${part}`
    if (longer !== undefined && longer.length <= width) lines[lines.length - 1] = longer
    else lines.push(`  ${(lines.length === 0 ? subject : '').padEnd(10)}  ${part}`)
  }
  return lines.map((line) => cut(line, width))
}
