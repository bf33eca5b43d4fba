/** A known unit: how it is displayed, and the suffix of names in the Prometheus formats. */
export interface Unit {
  /** UCUM code, case-sensitive, as a family declares it. */
  readonly code: string
  /** Name suffix and `# UNIT` text in the Prometheus formats; empty when the formats say nothing about it. */
  readonly suffix: string
  /** What people read behind a number; empty for a bare number. */
  readonly symbol: string
  /** What it measures, where the table format scales it: seconds or bytes; else `other`. */
  readonly dimension: 'time' | 'bytes' | 'other'
  /** How many seconds or bytes one of it is; 1 for `other`. */
  readonly factor: number
}

/**
 * All known units, by UCUM code (https://ucum.org/ucum). Suffixes follow the base units of OpenMetrics 1.0 where there is one.
 * The list is closed: anything else is taken as it is written, by {@link unitSuffix} made legal.
 */
const units: readonly Unit[] = [
  unit('s', 'seconds', 's', 'time'),
  unit('ms', 'milliseconds', 'ms', 'time', 1e-3),
  unit('us', 'microseconds', 'µs', 'time', 1e-6),
  unit('ns', 'nanoseconds', 'ns', 'time', 1e-9),
  unit('min', 'minutes', 'min', 'time', 60),
  unit('h', 'hours', 'h', 'time', 3600),
  unit('d', 'days', 'd', 'time', 86_400),
  unit('By', 'bytes', 'B', 'bytes'),
  unit('kBy', 'kilobytes', 'kB', 'bytes', 1e3),
  unit('MBy', 'megabytes', 'MB', 'bytes', 1e6),
  unit('GBy', 'gigabytes', 'GB', 'bytes', 1e9),
  unit('TBy', 'terabytes', 'TB', 'bytes', 1e12),
  unit('KiBy', 'kibibytes', 'KiB', 'bytes', 2 ** 10),
  unit('MiBy', 'mebibytes', 'MiB', 'bytes', 2 ** 20),
  unit('GiBy', 'gibibytes', 'GiB', 'bytes', 2 ** 30),
  unit('TiBy', 'tebibytes', 'TiB', 'bytes', 2 ** 40),
  unit('bit', 'bits', 'bit'),
  unit('1', 'ratio', ''),
  unit('%', 'percent', '%'),
  unit('Cel', 'celsius', '°C'),
  unit('K', 'kelvin', 'K'),
  unit('Hz', 'hertz', 'Hz'),
  unit('V', 'volts', 'V'),
  unit('A', 'amperes', 'A'),
  unit('W', 'watts', 'W'),
  unit('J', 'joules', 'J'),
  unit('g', 'grams', 'g'),
  unit('kg', 'kilograms', 'kg'),
  unit('m', 'meters', 'm'),
  unit('By/s', 'bytes_per_second', 'B/s'),
  unit('bit/s', 'bits_per_second', 'bit/s'),
  unit('1/s', 'per_second', '/s'),
]

const byCode: ReadonlyMap<string, Unit> = new Map(units.map((each) => [each.code, each]))

/** The known unit with this UCUM code; `undefined` for any other text, the empty one included. */
export function knownUnit(code: string): Unit | undefined {
  return byCode.get(code)
}

const amount = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(.*)$/is

/** Whether a text is a number, alone or with the symbol or code of a known unit behind it: `7`, `500ms`. */
export function isAmount(text: string): boolean {
  const [, digits = '', symbol = ''] = amount.exec(text) ?? []
  return digits !== '' && (symbol === '' || unitOf(symbol) !== undefined)
}

function unitOf(symbol: string): Unit | undefined {
  return byCode.get(symbol) ?? units.find((one) => one.symbol === symbol)
}

/** A number with the symbol or code of a unit behind it, `500ms`, in another unit; NaN where it is none or does not fit. */
export function amountIn(code: string, text: string): number {
  const [, digits = '', symbol = ''] = amount.exec(text) ?? []
  if (digits === '' || symbol === '') return digits === '' ? Number.NaN : Number(digits)
  const to = byCode.get(code)
  const from = unitOf(symbol)
  if (from === to || from === undefined || to === undefined)
    return from === to && to !== undefined ? Number(digits) : Number.NaN
  return from.dimension === to.dimension && to.dimension !== 'other'
    ? (Number(digits) * from.factor) / to.factor
    : Number.NaN
}

/**
 * What the Prometheus formats put behind a name of this unit, in a-z, A-Z, 0-9 and `_`; empty for none.
 * An unknown unit keeps its letters and digits, `/` is spelled `_per_`, UCUM annotations in braces are dropped. What is known
 * on either side of a `/` is spelled out, as OpenTelemetry's rules for Prometheus have it: `KiBy/s` is `kibibytes_per_second`.
 */
export function unitSuffix(code: string): string {
  const known = byCode.get(code)
  if (known !== undefined) return known.suffix
  const plain = code.replace(/\{[^{}]*\}/g, '')
  const slash = plain.indexOf('/')
  if (slash === -1) return byCode.get(plain)?.suffix ?? legal(plain)
  const [above, below] = [plain.slice(0, slash), plain.slice(slash + 1)]
  const name = above === '1' ? '' : (byCode.get(above)?.suffix ?? above)
  return legal(`${name}_per_${byCode.get(below)?.suffix.replace(/s$/, '') ?? below}`)
}

function legal(text: string): string {
  return text
    .replace(/\//g, '_per_')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
}

function unit(code: string, suffix: string, symbol: string, dimension: Unit['dimension'] = 'other', factor = 1): Unit {
  return { code, suffix, symbol, dimension, factor }
}
