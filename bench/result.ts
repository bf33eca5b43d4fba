/** What a contender must reach. */
export interface Bar {
  readonly contender: string
  /** The bar in words, as the table shows it. */
  readonly text: string
  /** The highest figure that passes; with `times`, in multiples of that contender's figure of the same round. */
  readonly most: number
  readonly times?: string
}

/** One table of a case, measured once: a round. */
export interface Measurement {
  readonly title: string
  readonly unit: string
  /** What is measured and how, in a sentence or two. */
  readonly note: string
  /** The contender that the ratios of the others are taken to. */
  readonly reference: string
  readonly bars: readonly Bar[]
  /** By contender, in the order of the table. */
  readonly figures: Readonly<Record<string, number>>
}

/** How much work a round does; a test asks for as little as there can be. */
export interface Effort {
  /** How often each contender gets its turn. */
  readonly turns: number
  /** How long a turn lasts, about. */
  readonly sliceMs: number
  /** By how much numbers of series are divided; 1 in earnest. */
  readonly divisor: number
}

const earnest: Effort = { turns: 25, sliceMs: 4, divisor: 1 }
const tiny: Effort = { turns: 1, sliceMs: 0, divisor: 100 }

/** The effort that this process was asked for: `tiny` as its first argument, or all of it. */
export const effort: Effort = process.argv[2] === 'tiny' ? tiny : earnest

/** Gives the measured tables to the process that started this one. */
export function tell(...measurements: readonly Measurement[]): void {
  process.stdout.write(`${JSON.stringify(measurements)}\n`)
}

/** The value below which `share` of the numbers are, 0 to 1; 0.5 is the median. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)] as number
  const above = sorted[Math.ceil(at)] as number
  return below + (above - below) * (at - Math.floor(at))
}

/** Throws unless the two are equal but for the rounding of a long sum. */
export function mustEqual(what: string, actual: number, expected: number): void {
  if (Math.abs(actual - expected) <= Math.abs(expected) * 1e-9) return
  throw new Error(`${what}: ${actual} was recorded, ${expected} was to be`)
}
