/**
 * The bytes of an mmstats file, in mapped memory or on the heap; all fields of the file share them. Changed as a whole
 * when the file comes or goes, so fields look here each time.
 */
export interface Memory {
  view: DataView
  bytes: Uint8Array
  /** Counts values that were no good and were dropped. */
  rejections: { inc(): void } | undefined
}

/** Stores of a processor with this order are seen in their order; another one needs to be told. */
const keepsOrder = process.arch === 'x64'

/** Bytes on the heap as memory for fields. */
export function memoryOf(buffer: ArrayBuffer): Memory {
  return { view: new DataView(buffer), bytes: new Uint8Array(buffer), rejections: undefined }
}

/**
 * Makes the buffer count that was just written: `next` is the one that the next write goes to. The value must be
 * complete before, for a reader may come at any instant.
 */
export function turn(memory: Memory, flagAt: number, next: number): void {
  if (keepsOrder) memory.view.setUint8(flagAt, next)
  else Atomics.store(memory.bytes, flagAt, next)
}

/** A recording call never throws: an invalid value is counted and changes nothing else. */
export function reject(memory: Memory): void {
  memory.rejections?.inc()
}
