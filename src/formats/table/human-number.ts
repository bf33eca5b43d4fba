import { knownUnit, unitSuffix } from '../../units.ts'

const timeSteps: readonly (readonly [from: number, symbol: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
]

const byteSteps: readonly (readonly [from: number, symbol: string])[] = [
  [2 ** 50, 'PiB'],
  [2 ** 40, 'TiB'],
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
  [1, 'B'],
]

/**
 * A number as people read it, with its unit: three or four digits, times from ns to days, bytes from B to PiB,
 * thousands set apart in whole numbers. NaN and the infinities are `NaN`, `∞` and `-∞`.
 *
 * @param unit UCUM code, as a family has it; empty for none.
 */
export function humanNumber(value: number, unit: string): string {
  if (!Number.isFinite(value)) return value === Infinity ? '∞' : value === -Infinity ? '-∞' : 'NaN'
  const known = knownUnit(unit)
  if (known !== undefined && known.dimension !== 'other') {
    return stepped(value * known.factor, known.dimension === 'time' ? timeSteps : byteSteps, known.dimension)
  }
  const symbol = known === undefined ? unitSuffix(unit).replace(/_/g, ' ') : known.symbol
  const gap = symbol === '' || symbol === '%' || symbol.startsWith('/') ? '' : ' '
  return `${bare(value)}${gap}${symbol}`
}

const firstUnixTime = 1e9

/**
 * The value of a gauge: as {@link humanNumber}, but a time of 30 to 100 years is an instant, in Unix time, as
 * `process.start_time` is, and is written as a date.
 */
export function gaugeNumber(value: number, unit: string): string {
  const known = knownUnit(unit)
  const seconds = known?.dimension === 'time' ? value * known.factor : 0
  if (!(seconds >= firstUnixTime && seconds < 3.2 * firstUnixTime)) return humanNumber(value, unit)
  // biome-ignore lint/style/noRestrictedGlobals: a date of a given time, not a clock.
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function stepped(value: number, steps: readonly (readonly [number, string])[], dimension: 'time' | 'bytes'): string {
  const smallest = steps[steps.length - 1] ?? [1, '']
  // Compared after rounding, so that 0.9996 s is 1.00 s and not 1000 ms.
  const size = Math.abs(value) * 1.0005
  const [from, symbol] =
    value === 0 ? [1, dimension === 'time' ? 's' : 'B'] : (steps.find(([at]) => size >= at) ?? smallest)
  return `${digits(value / from)} ${symbol}`
}

/** The digits of a whole number, thousands set apart. */
export function wholeNumber(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',')
}

function bare(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return wholeNumber(String(value))
  const size = Math.abs(value)
  return size >= 1e6 || size < 1e-3 ? value.toExponential(2) : digits(value)
}

/** Three digits, or all those before the point; whole numbers without a point. */
function digits(value: number): string {
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e6) return String(value)
  if (size >= 1e6) return value.toExponential(2)
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3)
}
