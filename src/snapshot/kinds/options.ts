import { isIntegerWithin, type OptionRule, thousands } from '../../options.ts'
import type { Aggregation } from '../family-traits.ts'
import { maxHelpLength, maxLabels, maxUnitLength } from '../limits.ts'

/** The options of a declaration that decide whether others are valid. */
export interface DeclaredOptions {
  readonly labels?: readonly string[]
  readonly aggregation?: Aggregation
}

/** The options that a declaration of a kind may have. */
export type KindOptions = Readonly<Record<string, OptionRule<DeclaredOptions>>>

/** Whether there are labels. */
export function isLabelled({ labels }: DeclaredOptions): boolean {
  return Array.isArray(labels) && labels.length > 0
}

/** Whether it is a list of names; which names are valid is checked with the name of the metric. */
export function areLabels(labels: unknown): labels is readonly string[] {
  return Array.isArray(labels) && labels.length <= maxLabels
}

/** Seconds. */
function isPositive(seconds: unknown): boolean {
  return typeof seconds === 'number' && seconds > 0 && seconds < Number.POSITIVE_INFINITY
}

function isTextWithin(text: unknown, max: number): boolean {
  return typeof text === 'string' && text.length <= max
}

/** Options of all kinds of numbers with labels that change. */
export const numberOptions: Readonly<Record<'help' | 'unit' | 'maxSeries' | 'labels', OptionRule>> & {
  readonly expireAfterSeconds: OptionRule<DeclaredOptions>
} = {
  help: [(given) => isTextWithin(given, maxHelpLength), `a string of at most ${thousands(maxHelpLength)} characters`],
  unit: [(given) => isTextWithin(given, maxUnitLength), 'a UCUM unit, such as "s" or "By"'],
  maxSeries: [
    (given) => given === Number.POSITIVE_INFINITY || isIntegerWithin(given, 1, Number.MAX_SAFE_INTEGER),
    'an integer of at least 1, or Infinity',
  ],
  labels: [areLabels, `an array of at most ${maxLabels} label names`],
  expireAfterSeconds: [
    (given, options) => isPositive(given) && isLabelled(options),
    'a number of seconds above 0, on a metric with labels',
  ],
}

const { help, maxSeries, labels, expireAfterSeconds } = numberOptions
/** The same without a unit. */
export const seriesOptions: Omit<typeof numberOptions, 'unit'> = { help, maxSeries, labels, expireAfterSeconds }
/** Options of constants. */
export const constantOptions: Pick<typeof numberOptions, 'help' | 'labels'> = { help, labels }
