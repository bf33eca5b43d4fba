/** When a series is read, in seconds of the clock that its writer notes times by: a monotonic one, which nobody sets. */
export interface ReadTime {
  readonly now: number
  /** Until when the writer ran: `now` for a writer that lives. */
  readonly end: number
  /** Time of the last heartbeat of a running writer other than the reader itself. @default `end` */
  readonly seenAt?: number
  /** What makes a time of that clock a Unix time. */
  readonly offset: number
}

/** Seconds. A larger difference between two clocks read one after the other means that one was set. */
export const minClockChange = 0.1
