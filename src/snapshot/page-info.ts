/** Label names to values, in the order in which the family declared them. */
export type Labels = Readonly<Record<string, string>>

/**
 * What became of a writer. `live`: it holds its lock; `blocked`: the same, but its event loop has not run for 3 s; `exited`: it
 * has closed its page; `killed`: it is gone without that, crashed or ended by a signal; `archived`: the numbers have moved
 * into a fleet's archive.
 */
export type PageState = 'live' | 'blocked' | 'exited' | 'killed' | 'archived'

/** One process or thread whose numbers are in a snapshot. */
export interface PageInfo {
  /** Path of the page file; `null` for a registry that is not published. */
  readonly file: string | null
  /** Id of the process. */
  readonly pid: number
  /** Node's `threadId`: 0 for the main thread. */
  readonly tid: number
  /** Name of the app; processes with the same name belong together. */
  readonly app: string
  /** Name of the machine. */
  readonly host: string
  /** Distinguishes containers with the same host name, such as those of a pod; absent outside of containers. */
  readonly container?: string
  /** Unix time in seconds at which the registry was made. */
  readonly startedAt: number
  /** Whether the writer is alive. */
  readonly state: PageState
  /** Seconds since the writer's event loop last ran its ticker; `null` when there is no ticker. Never negative. */
  readonly heartbeatAge: number | null
  /**
   * Unix time in seconds at which the writer closed its page in good order; `null` while it lives, and for ever when it was
   * killed or crashed. Absent if the source cannot determine it.
   */
  readonly endedAt?: number | null
  /**
   * Seconds since the writer began, or for which it lived, by a clock that nobody sets. Absent for a writer of another machine,
   * or from before the last start of this one.
   */
  readonly uptime?: number
  /** Number of the worker among its like: that of a cluster worker, or of an instance of PM2. Absent for others. */
  readonly worker?: string
  /** Why the page is written once a second: memory cannot be mapped there, or it was `chosen`. Absent where it is mapped. */
  readonly written?: string
  /** The user id of the owner of the page, where another user reads it, such as root. Absent for the reader's own pages. */
  readonly owner?: number
  /** The labels passed to `publish()`, which are added to series by worker. Absent for none. */
  readonly labels?: Labels
}
