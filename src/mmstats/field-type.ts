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
  readonly itemBytes: number
  /** Two items, so that a reader never meets a half-written one. */
  readonly buffered: boolean
  readonly label: string | undefined
  /** @internal Puts the first value at `at`, where the bytes are 0, and gives the field. */
  open(memory: Memory, at: number): Field
}
