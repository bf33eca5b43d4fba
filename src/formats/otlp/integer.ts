const maxInteger = 2n ** 63n

/** An integer as OTLP has them, of 64 bits; `undefined` for a number that is none, or too large. */
export function integerOf(value: number, exact: string | undefined): bigint | undefined {
  if (!Number.isInteger(value)) return undefined
  const integer = BigInt(exact ?? value)
  return integer >= -maxInteger && integer < maxInteger ? integer : undefined
}
