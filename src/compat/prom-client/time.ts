import type { LabelValues } from './types.ts'

/** Seconds since a reading of `performance.now()`. */
export function secondsSince(begun: number): number {
  return (performance.now() - begun) / 1000
}

/** Begins to measure; the function that it returns takes more labels, records the seconds since, and returns them. */
export function beginTimer<T extends string>(
  labels: LabelValues<T> | undefined,
  record: (labels: LabelValues<T>, seconds: number) => void,
): (labels?: LabelValues<T>) => number {
  const begun = performance.now()
  return (others) => {
    const seconds = secondsSince(begun)
    record({ ...labels, ...others } as LabelValues<T>, seconds)
    return seconds
  }
}
