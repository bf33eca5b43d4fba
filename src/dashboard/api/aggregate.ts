/** The value of one process, and which process that is. */
export interface OfProcess {
  readonly pid: number
  readonly value: number | string
}

type Aggregate = (numbers: readonly number[]) => number | null

const sum: Aggregate = (numbers) => numbers.reduce((total, one) => total + one, 0)
const average: Aggregate = (numbers) => (numbers.length === 0 ? null : (sum(numbers) as number) / numbers.length)
const least: Aggregate = (numbers) => (numbers.length === 0 ? null : numbers.reduce((a, b) => Math.min(a, b)))
const withoutZeros = (numbers: readonly number[]): number[] => numbers.filter((one) => one !== 0)

const aggregates: Readonly<Record<string, Aggregate>> = {
  avg: average,
  max: (numbers) => (numbers.length === 0 ? null : numbers.reduce((a, b) => Math.max(a, b))),
  min: least,
  sum,
  'nonzero-avg': (numbers) => average(withoutZeros(numbers)),
  'nonzero-min': (numbers) => least(withoutZeros(numbers)),
}

/** Names of what `?aggr=` may be. */
export const aggregateNames: readonly string[] = [...Object.keys(aggregates), 'one'].sort()

/**
 * The values of a name as one: of the numbers among them, `null` where there are none, or only zeros and zeros are left out.
 * `one` is the value of the process with the lowest id.
 */
export function aggregate(name: string, values: readonly OfProcess[]): number | string | null {
  if (name === 'one') return [...values].sort((a, b) => a.pid - b.pid)[0]?.value ?? null
  const numbers = values.map(({ value }) => value).filter((value) => typeof value === 'number')
  return numbers.length === 0 ? null : (aggregates[name] as Aggregate)(numbers)
}
