/** When a series is read: the present, and until when its writer ran; both in Unix seconds. */
export interface ReadTime {
  readonly now: number
  /** `now` for a writer that lives. */
  readonly end: number
  /** When the writer last gave a sign of life, for one that lives and is not the reader itself. @default `end` */
  readonly seenAt?: number
}
