import { bootId } from '../../os/boot.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import {
  bootOffset,
  clockOffsetOffset,
  endedOffset,
  heartbeatOffset,
  monotonicBeatOffset,
  monotonicStartOffset,
} from '../layout.ts'

/** The times in the header of a page: signs of life, and its end. */
export class PageTimes {
  private readonly header: ArrayBuffer
  private readonly times: Float64Array

  constructor(header: ArrayBuffer) {
    this.header = header
    this.times = new Float64Array(header)
  }

  /**
   * Shows readers that the event loop runs. `time` is that of the cells; `isOfMachine`: by the clock that all processes of the
   * machine share, which one of a test is not; `start`: when the first page of what counts was made, which may be another one.
   */
  beat(unixTime: number, { now, offset }: ReadTime, isOfMachine = false, start: number = now): void {
    const { times } = this
    if (times[monotonicStartOffset / 8] === 0) {
      times[monotonicStartOffset / 8] = start
      if (isOfMachine) new Uint8Array(this.header).set(bootId(), bootOffset)
    }
    times[clockOffsetOffset / 8] = offset
    times[heartbeatOffset / 8] = unixTime
    times[monotonicBeatOffset / 8] = now
  }

  end(unixTime: number): void {
    this.times[endedOffset / 8] = unixTime
  }

  /** Seconds since the last sign of life. */
  age(now: number): number {
    return Math.max(0, now - (this.times[heartbeatOffset / 8] as number))
  }
}
