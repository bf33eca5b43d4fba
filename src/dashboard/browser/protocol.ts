/** What the server and the pages send each other, as JSON. */

/** How much something needs a person: what is broken now, what is lost or will break, what is well, what is over. */
export type Level = 'error' | 'warning' | 'live' | 'ended'

/** Something that a person should know, and what to do about it. */
export interface FindingLine {
  readonly app: string
  readonly rule: string
  readonly level: Level
  readonly mark: string
  readonly text: string
  readonly advice: string
  /** Numbers of the processes of which it is said: of more than one where many have the same. */
  readonly processes: readonly number[]
  /** Unix time in seconds since when it has been so; absent where it is over. */
  readonly since?: number
  /** Whether it may have been so before that, as nobody looked. */
  readonly orBefore?: boolean
}

/** A process or thread in the list. */
export interface ProcessRow {
  /** Number of the process in this run of the server. */
  readonly id: number
  readonly app: string
  readonly pid: number
  readonly tid: number
  readonly host: string
  readonly worker?: string
  readonly state: 'live' | 'blocked' | 'exited' | 'killed' | 'archived'
  /** How much it needs a person, and the mark of that; the same in all tools. */
  readonly level: Level
  readonly mark: string
  /** The state, and since when: `blocked 4.2s`. */
  readonly words: string
  /** Unix time in seconds at which it began to publish. */
  readonly startedAt: number
  /** How long it has published, or did: `3m12s`. */
  readonly up: string
  /** Seconds since the last heartbeat; `null` where there is none. */
  readonly heartbeatAge: number | null
  readonly endedAt: number | null
  readonly labels?: Readonly<Record<string, string>>
  /** Numbers by column: `cpu`, `rss`, `heap`, `loop`, `requests`, `latency`, `errors`; absent where they are not measured. */
  readonly load: Readonly<Record<string, number>>
  /** Those of them that a finding is about. */
  readonly judged: Readonly<Record<string, Level>>
  /** The tracks of some of these, for small lines. */
  readonly tracks: Readonly<Record<string, number>>
}

/** What happened at a time. */
export interface Mark {
  /** Unix time in seconds. */
  readonly time: number
  readonly kind: 'start' | 'exit' | 'kill' | 'blocked' | 'overflow' | 'deploy'
  readonly level: Level
  /** What stands for it in charts and lists. */
  readonly sign: string
  readonly app: string
  /** Number of the process. */
  readonly process: number
  readonly text: string
}

/** A line that can be shown: one statistic of a series, or of the sum of a family. */
export interface CatalogTrack {
  readonly id: number
  readonly statistic: string
  /** UCUM unit of the values, or of what is counted each second. */
  readonly unit: string
  readonly perSecond: boolean
  /** The value where it has never changed. */
  readonly flat?: number
  /** Whether it has had no value yet. */
  readonly isNew?: boolean
}

/** A series of a family, or the sum of all of them, in one process. */
export interface CatalogSeries {
  /** Label names and values; absent for the sum of a family that has labels. */
  readonly labels?: Readonly<Record<string, string>>
  readonly tracks: readonly CatalogTrack[]
  /** The present text, for kinds that have no numbers. */
  readonly text?: string
  /** Number of the buckets over time, of distributions. */
  readonly heat?: number
}

/** A metric of one process. */
export interface CatalogFamily {
  readonly name: string
  readonly kind: string
  readonly unit: string
  readonly help: string
  readonly process: number
  /** Whether it counts time, idle time included, so that the sum of all series says nothing. */
  readonly isAllTime?: boolean
  /** Whether its quantiles are interpolated between declared buckets. */
  readonly isInterpolated?: boolean
  /** The sum first, where there are labels. */
  readonly series: readonly CatalogSeries[]
  /** How many series were left out of the list. */
  readonly more?: number
}

/** The names of an app's metrics, in order. */
export interface AppMetrics {
  readonly app: string
  readonly metrics: readonly string[]
}

/** All that an app, or one process, has. */
export interface Catalog {
  readonly families: readonly CatalogFamily[]
}

/** Points over time, by the number of their track. */
export interface History {
  readonly now: number
  readonly tracks: Readonly<Record<string, { readonly times: number[]; readonly values: (number | null)[] }>>
}

/** One moment of the event stream. */
export interface Tick {
  /** Unix time in seconds; of a recording, that of the slider. */
  readonly time: number
  /** The processes: all of them, or those of the apps that are shown. */
  readonly processes?: readonly ProcessRow[]
  /** What is wrong with them, the worst first. */
  readonly findings?: readonly FindingLine[]
  /** Number of the track and its value. */
  readonly values: readonly (readonly [id: number, value: number | null])[]
  readonly marks: readonly Mark[]
  /** Counts up whenever a series of the app comes or goes. */
  readonly catalogs: Readonly<Record<string, number>>
  /** What could not be read. */
  readonly failures: readonly string[]
  /** Whether a recording goes on by itself; absent where none is played. */
  readonly isPlaying?: boolean
}

/** The beginning of a stream. */
export interface Hello {
  /** Distinguishes runs of the server: numbers of tracks are those of one run. */
  readonly run: string
  readonly version: string
  readonly marks: readonly Mark[]
  /** When the server began to keep points. */
  readonly since: number
  /** Where a recording is played. */
  readonly recording?: { readonly file: string; readonly from: number; readonly to: number }
}

/** What a page shows, and so wants to hear of. */
export interface Shown {
  /** Whether all processes are listed. */
  readonly all: boolean
  readonly apps: readonly string[]
  readonly tracks: readonly number[]
}

/** A number that changed in a window of time. */
export interface Change {
  readonly app: string
  readonly process: number
  readonly family: string
  readonly labels?: Readonly<Record<string, string>>
  readonly track: CatalogTrack
  /** As plimsoll diff prints them. */
  readonly before: string
  readonly after: string
  /** `25 times`, `+35 %`, `began`. */
  readonly words: string
  readonly isMore: boolean
}
