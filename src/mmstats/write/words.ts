/** 64-bit integers as two 32-bit words, little-endian, because BigInt allocates. */
const wordSize = 2 ** 32

/** Stores a whole number of at most 53 bits, in two's complement when it is negative. */
export function storeWords(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true)
  view.setInt32(at + 4, Math.floor(value / wordSize), true)
}

/** Stores at `to` what is at `from` plus a whole number of 0 to 2^53 - 1, modulo 2^64. */
export function storeSum(view: DataView, from: number, to: number, amount: number): void {
  const low = view.getUint32(from, true) + (amount >>> 0)
  let high = view.getUint32(from + 4, true)
  if (low >= wordSize) high += 1
  if (amount >= wordSize) high += Math.floor(amount / wordSize)
  view.setUint32(to, low, true)
  view.setUint32(to + 4, high, true)
}

/** As a number, rounded above 2^53. */
export function loadUnsigned(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * wordSize + view.getUint32(at, true)
}

/** As a number, rounded beyond 2^53 on either side. */
export function loadSigned(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * wordSize + view.getUint32(at, true)
}
