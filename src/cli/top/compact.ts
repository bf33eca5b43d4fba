/** Numbers for narrow columns, at most six characters. */

/** Bytes: `74M`, `1.2G`. */
export function compactBytes(bytes: number): string {
  return scaled(bytes, 1024, ['', 'K', 'M', 'G', 'T'])
}

/** A count or a rate: `0.4`, `143`, `12.3k`. */
export function compactNumber(value: number): string {
  return scaled(value, 1000, ['', 'k', 'M', 'G', 'T'])
}

/** A part of 1: `31 %`. */
export function percent(share: number): string {
  const value = share * 100
  return `${value < 9.95 && value >= 0.05 ? value.toFixed(1) : Math.round(value)} %`
}

/** Seconds: `0.3 ms`, `12 ms`, `4.2 s`. */
export function compactSeconds(seconds: number): string {
  if (seconds >= 99.5) return `${Math.round(seconds)} s`
  if (seconds >= 0.9995) return `${digits(seconds)} s`
  return seconds >= 0.9995e-3 ? `${digits(seconds * 1e3)} ms` : seconds > 0 ? `${digits(seconds * 1e6)} µs` : '0 s'
}

function scaled(value: number, base: number, symbols: readonly string[]): string {
  if (!Number.isFinite(value)) return '-'
  const sign = value < 0 ? '-' : ''
  let rest = Math.abs(value)
  let step = 0
  // Compared after rounding, so that 999.9 is 1.0k and not 1000.
  for (; rest >= base - 0.5 && step < symbols.length - 1; step++) rest /= base
  return `${sign}${digits(rest)}${symbols[step]}`
}

function digits(value: number): string {
  return value >= 9.95 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(value < 0.0995 ? 2 : 1)
}
