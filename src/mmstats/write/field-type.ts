import { PlimsollError } from '../../errors.ts'
import { checkOptions, type OptionRules, unchecked } from '../../options.ts'
import type { Memory } from './memory.ts'

/** What may be said about any field. */
export interface FieldOptions {
  /** Stands in the file in place of the key in the model; the label prefix goes in front of it all the same. */
  readonly label?: string
}

/** A kind of field, to be put into a model; one may stand in many models. */
export interface FieldType<Field> {
  /** How the file describes it: a format of Python's `struct` for one item. */
  readonly signature: string
  /** Bytes of one item. */
  readonly itemBytes: number
  /** Two items, so that a reader never meets a half-written one. */
  readonly buffered: boolean
  /** The label in place of the key in the model. */
  readonly label: string | undefined
  /** @internal Puts the first value at `at`, where the bytes are 0, and gives the field. */
  open(memory: Memory, at: number): Field
}

/** Which of them are valid. A label that is not has an error of its own. */
export const fieldRules: OptionRules<FieldOptions> = { label: unchecked }

/** The label that was given for a field. Throws PLIMSOLL_MMSTATS_LABEL, and what `checkOptions` throws. */
export function labelOf(options: FieldOptions | undefined): string | undefined {
  checkOptions('a field of mmstats()', options, fieldRules)
  const label = options?.label
  if (label === undefined || typeof label === 'string') return label
  throw new PlimsollError('PLIMSOLL_MMSTATS_LABEL', { label, reason: 'it is not a string' })
}
