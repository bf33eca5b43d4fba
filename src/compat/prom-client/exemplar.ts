/** What leads from a value to where it came from. */
export class Exemplar {
  /** Its labels. */
  labelSet: Record<string, string | number> = {}
  /** The value that was recorded. */
  value: number | null = null
  /** When, in seconds of Unix time. */
  timestamp?: number
}

/** What is wrong with the labels of an exemplar; `undefined` for nothing. */
export function exemplarError(labelSet: object): RangeError | undefined {
  let length = 0
  for (const [name, value] of Object.entries(labelSet)) length += name.length + `${value}`.length
  return length > 128 ? new RangeError('Label set size must be smaller than 128 UTF-8 chars') : undefined
}

/** The exemplar in place of `known`, whose object it takes over. */
export function renewExemplar(known: Exemplar | undefined, labelSet: object, value: number): Exemplar {
  const exemplar = known ?? new Exemplar()
  exemplar.labelSet = labelSet as Record<string, string | number>
  exemplar.value = value
  exemplar.timestamp = Date.now() / 1000
  return exemplar
}
