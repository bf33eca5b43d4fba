import type { FamilySnapshot, PageInfo, Snapshot } from 'plimsoll/snapshot'
import type { Moment, TopSource, Wanted } from '#src/cli/top/moment.ts'

export const begin = 1_790_000_000

/** A page as `top` reads it. */
export function page(pid: number, info: Partial<PageInfo> = {}, families: FamilySnapshot[] = []): Snapshot {
  const about: PageInfo = {
    file: `/pages/shop-${pid}.page`,
    pid,
    tid: 0,
    app: 'shop',
    host: 'elsewhere',
    startedAt: begin - 100,
    state: 'live',
    heartbeatAge: 0.5,
    endedAt: null,
    ...info,
  }
  return { version: 1, takenAt: begin, pages: [about], families }
}

const head = { unit: '', help: '', labelNames: [] }

export function counter(name: string, value: number, labels: Readonly<Record<string, string>> = {}): FamilySnapshot {
  return { ...head, name, kind: 'counter', labelNames: Object.keys(labels), series: [{ labels, value }] }
}

export function gauge(name: string, value: number, unit = ''): FamilySnapshot {
  return { ...head, name, kind: 'gauge', unit, aggregation: 'sum', series: [{ labels: {}, value }] }
}

/** What plimsoll/register has of a process that has used so much processor time and answered so many requests. */
export function observed(cpuSeconds: number, requests: number, heap = 50e6): FamilySnapshot[] {
  return [
    counter('http.server.requests', requests),
    gauge('nodejs.eventloop.utilization', 0.3),
    gauge('nodejs.memory.heap.limit', 400e6, 'By'),
    gauge('nodejs.memory.heap.used', heap, 'By'),
    counter('nodejs.uncaught_exceptions', 0),
    counter('process.cpu.time', cpuSeconds),
    gauge('process.memory.usage', 80e6, 'By'),
  ]
}

/** Pages that a test changes from second to second. */
export class FakePages implements TopSource {
  seconds = 0
  /** The clock of the machine, which may jump. */
  time: number = begin
  read: (seconds: number) => readonly Snapshot[]
  wanted: Wanted | undefined
  /** The pages that have their distributions; `undefined` for all. */
  complete: ReadonlySet<string> | undefined

  constructor(read: (seconds: number) => readonly Snapshot[]) {
    this.read = read
  }

  next(wanted: Wanted): Moment {
    this.wanted = wanted
    this.seconds++
    this.time++
    const now = 1000 + this.seconds
    const snapshots = this.read(this.seconds)
    const { time, complete } = this
    return { time, now, snapshots, ...(complete && { complete }), ended: [], failures: [] }
  }

  close(): void {}
}
