/** Beyond the year 2200 there are no times, only damaged pages. */
const maxUnixTime = 2 ** 33

/** Unix seconds as nanoseconds. A double has no digits below a microsecond. */
export function nanoseconds(unixTime: number): bigint {
  return unixTime > 0 && unixTime < maxUnixTime ? BigInt(Math.round(unixTime * 1e6)) * 1000n : 0n
}

/** The same, at little cost while the time is the one that was asked for last. */
export class NanosecondsOf {
  private last = 0
  private known = 0n

  at(unixTime: number): bigint {
    if (unixTime !== this.last) {
      this.last = unixTime
      this.known = nanoseconds(unixTime)
    }
    return this.known
  }
}
