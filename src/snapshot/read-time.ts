/** When a series is read: the present, and until when its writer ran; both in Unix seconds. */
export interface ReadTime {
  readonly now: number
  /** `now` for a writer that lives. */
  readonly end: number
}
