import { snappyLiterals } from '../formats/remote-write/snappy.ts'
import { requirePackage } from '../os/require-package.ts'

interface Snappy {
  compress(input: Uint8Array): Promise<Uint8Array>
}

let loaded: Snappy | null | undefined

/** A block of snappy: compressed where the optional package is installed, else as large as its content. */
export async function snappyCompress(bytes: Uint8Array): Promise<Uint8Array> {
  loaded ??= load()
  return loaded === null ? snappyLiterals(bytes) : await loaded.compress(bytes)
}

function load(): Snappy | null {
  try {
    return requirePackage('snappy') as Snappy
  } catch {
    return null
  }
}
