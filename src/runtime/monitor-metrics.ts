import type { FamilySnapshot, Labels, Snapshot } from '../snapshot/snapshot.ts'

/** Numbers by name; those of series with labels by `name{label=value}`. */
export type Numbers = Readonly<Record<string, number>>

/** What `monitor()` hands out, in the shape that mutornadomon had. */
export interface MonitorMetrics {
  /** This process; a number that the system does not have is absent. */
  readonly process: {
    /** Seconds since the process started. */
    readonly uptime?: number
    /** Open file descriptors. */
    readonly num_fds?: number
    /** Memory of the process. */
    readonly meminfo: {
      /** Resident set size in bytes. */
      readonly rss_bytes?: number
      /** Virtual memory in bytes. */
      readonly vsz_bytes?: number
    }
    /** Time on a processor since the process started, and its threads. */
    readonly cpu: {
      /** Seconds in the app and its libraries. */
      readonly user_time?: number
      /** Seconds in the kernel. */
      readonly system_time?: number
      /** Threads of the operating system. */
      readonly num_threads?: number
    }
  }
  /** All counters and meters. */
  readonly counters: Numbers
  /** All gauges. */
  readonly gauges: Numbers
  /** The smallest value of each gauge that was set since the reader looked last. */
  readonly min_gauges: Numbers
  /** The largest one. */
  readonly max_gauges: Numbers
}

interface Extremes {
  readonly min: Record<string, number>
  readonly max: Record<string, number>
}

const maxReaders = 100

/** The smallest and largest values that each reader has not seen yet. */
export class ReaderExtremes {
  /** Values since the beginning, for readers who look for the first time. */
  readonly #all: Extremes = none()
  /** By reader, the one who looked last at the end. */
  readonly #since = new Map<string, Extremes>()

  note(name: string, value: number): void {
    widen(this.#all, name, value)
    for (const extremes of this.#since.values()) widen(extremes, name, value)
  }

  take(reader: string): Extremes {
    const extremes = this.#since.get(reader) ?? { min: { ...this.#all.min }, max: { ...this.#all.max } }
    this.#since.delete(reader)
    this.#since.set(reader, none())
    const [oldest] = this.#since.keys()
    if (this.#since.size > maxReaders) this.#since.delete(oldest as string)
    return extremes
  }
}

/** Without a prototype: names are those of the app. */
function none(): Extremes {
  return { min: Object.create(null), max: Object.create(null) }
}

function widen({ min, max }: Extremes, name: string, value: number): void {
  if (!(value >= (min[name] as number))) min[name] = value
  if (!(value <= (max[name] as number))) max[name] = value
}

export function metricsOf(snapshot: Snapshot, { min, max }: Extremes): MonitorMetrics {
  const counters: Record<string, number> = {}
  const gauges: Record<string, number> = {}
  for (const family of snapshot.families) addNumbers(family, counters, gauges)
  const given = (key: string, values: Record<string, number>, name: string): object =>
    values[name] === undefined ? {} : { [key]: values[name] }
  return {
    process: {
      ...given('uptime', gauges, 'process.uptime'),
      ...given('num_fds', gauges, 'process.unix.file_descriptor.count'),
      meminfo: {
        ...given('rss_bytes', gauges, 'process.memory.usage'),
        ...given('vsz_bytes', gauges, 'process.memory.virtual'),
      },
      cpu: {
        ...given('user_time', counters, 'process.cpu.time{cpu_mode=user}'),
        ...given('system_time', counters, 'process.cpu.time{cpu_mode=system}'),
        ...given('num_threads', gauges, 'process.thread.count'),
      },
    },
    counters,
    gauges,
    min_gauges: { ...min },
    max_gauges: { ...max },
  }
}

function addNumbers(family: FamilySnapshot, counters: Record<string, number>, gauges: Record<string, number>): void {
  if (family.kind === 'counter' || family.kind === 'meter')
    for (const { labels, value } of family.series) counters[keyOf(family.name, labels)] = value
  else if (family.kind === 'gauge')
    for (const { labels, value } of family.series) gauges[keyOf(family.name, labels)] = value
}

function keyOf(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${value}`)
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}
