/** Numbers for people: few digits, one unit for each magnitude. */

const seconds: readonly (readonly [from: number, factor: number, symbol: string])[] = [
  [86_400, 86_400, 'd'],
  [3600, 3600, 'h'],
  [120, 60, 'min'],
  [1, 1, 's'],
  [1e-3, 1e-3, 'ms'],
  [1e-6, 1e-6, 'µs'],
  [0, 1e-9, 'ns'],
]
const bytes: readonly (readonly [from: number, factor: number, symbol: string])[] = [
  [2 ** 40, 2 ** 40, 'TiB'],
  [2 ** 30, 2 ** 30, 'GiB'],
  [2 ** 20, 2 ** 20, 'MiB'],
  [2 ** 10, 2 ** 10, 'KiB'],
  [0, 1, 'B'],
]
const plain: readonly (readonly [from: number, factor: number, symbol: string])[] = [
  [1e12, 1e12, 'T'],
  [1e9, 1e9, 'G'],
  [1e6, 1e6, 'M'],
  [1e4, 1e3, 'k'],
  [0, 1, ''],
]

/** Units that are an amount of time or of bytes: which, and how many of its seconds or bytes. */
const scaled: Readonly<Record<string, readonly ['s' | 'By', number]>> = {
  s: ['s', 1],
  ms: ['s', 1e-3],
  us: ['s', 1e-6],
  ns: ['s', 1e-9],
  min: ['s', 60],
  h: ['s', 3600],
  d: ['s', 86_400],
  By: ['By', 1],
  kBy: ['By', 1e3],
  MBy: ['By', 1e6],
  GBy: ['By', 1e9],
  KiBy: ['By', 2 ** 10],
  MiBy: ['By', 2 ** 20],
  GiBy: ['By', 2 ** 30],
}

/** A value with its unit. CPU seconds each second, and shares, are percent. */
export function formatValue(value: number | null | undefined, unit: string, perSecond: boolean): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–'
  if (unit === '1' || (unit === 's' && perSecond)) return `${digits(value * 100)} %`
  if (unit === '%') return `${digits(value)} %`
  const [kind, factor] = scaled[unit] ?? []
  const amount = value * (factor ?? 1)
  const text = kind === 's' ? inSteps(amount, seconds) : kind === 'By' ? inSteps(amount, bytes) : inSteps(amount, plain)
  const other = kind === undefined && unit !== '' && !unit.startsWith('{') ? ` ${unit}` : ''
  return `${text}${other}${perSecond ? '/s' : ''}`
}

function inSteps(value: number, steps: typeof seconds): string {
  const size = Math.abs(value)
  if (size === 0) return `0${steps === plain ? '' : ` ${steps === seconds ? 's' : 'B'}`}`
  const [, factor, symbol] = steps.find(([from]) => size >= from * 0.9995) ?? ([0, 1, ''] as const)
  const text = digits(value / factor)
  return symbol === '' ? text : `${text}${steps === plain ? '' : ' '}${symbol}`
}

/** Three digits, and no zeros at the end. */
function digits(value: number): string {
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en')
  if (size >= 10) return trimmed(value.toFixed(1))
  if (size >= 0.01 || size === 0) return trimmed(value.toFixed(2))
  return value.toPrecision(2)
}

function trimmed(text: string): string {
  return text.replace(/\.?0+$/, '')
}

/** Whether values of a unit are amounts of bytes, which have steps of 1,024. */
export function isBytes(unit: string): boolean {
  return scaled[unit]?.[0] === 'By'
}

/** Whether values of a unit are shown as amounts of another size, or as percent. */
export function hasScale(unit: string): boolean {
  return unit === '1' || scaled[unit] !== undefined
}

/** The time of day. */
export function formatTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toLocaleTimeString('en-GB')
}

/** The time of day, and the day where that was another one. */
export function formatSince(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000)
  const isToday = date.toDateString() === new Date().toDateString()
  const day = isToday ? '' : `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} `
  return day + formatTime(unixSeconds)
}

/** Of the font of the axes. */
const pixelsOfDigit = 6.5

/**
 * Times of day below a chart that is so many pixels wide, with its `padding` at the right. At the left one would be over the
 * labels of the other axis, and at the right cut off: there is none.
 */
export function timeLabels(
  times: readonly number[],
  [from, to]: readonly [number, number],
  width: number,
  padding: number,
): string[] {
  return times.map((time) => {
    const exact = formatTime(time)
    const text = exact.endsWith(':00') ? exact.slice(0, 5) : exact
    const at = ((time - from) / (to - from)) * (width - padding)
    const half = (text.length * pixelsOfDigit) / 2
    return at < half || at > width - half ? '' : text
  })
}
