/** Changes are looked for in blocks of so many bytes. */
const blockBytes = 4096

/**
 * Calls `use` with the bounds of each block of `now` that differs from `before`, which has `length` bytes and nothing behind
 * them.
 */
export function eachChangedBlock(
  before: Uint8Array,
  length: number,
  now: Buffer,
  use: (start: number, end: number) => void,
): void {
  for (let start = 0; start < now.length; start += blockBytes) {
    const end = Math.min(start + blockBytes, now.length)
    if (end > length || now.compare(before, start, end, start, end) !== 0) use(start, end)
  }
}
