import type { PlimsollError } from '../../errors.ts'
import type { FieldValue } from './value.ts'

/** A field of an mmstats file. */
export interface MmstatsField {
  /** As it stands in the file, bytes that are no UTF-8 dropped. Two fields may have the same. */
  readonly label: string
  /** The type signature as it stands in the file: `Q`, `d`, `255s`, … */
  readonly type: string
  /** Whether it has two buffers: what a writer changes often has. */
  readonly buffered: boolean
  /** The value. */
  readonly value: FieldValue
}

/** What an mmstats file holds. */
export interface MmstatsFields {
  /** In the order of the file; up to the defect where there is one. */
  readonly fields: readonly MmstatsField[]
  /** What ended the fields before their time: PLIMSOLL_MMSTATS_DAMAGED. */
  readonly defect: PlimsollError | undefined
}
