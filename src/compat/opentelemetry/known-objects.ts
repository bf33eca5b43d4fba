import type { Attributes } from '@opentelemetry/api'

/** An attribute object that was seen before, with what it contained. */
interface Known<M> {
  readonly keys: readonly string[]
  readonly values: readonly unknown[]
  readonly metric: M
  isUsed: boolean
}

/** So many objects may be remembered for nothing: code that makes a new one for each call would go on for ever. */
const maxUnused = 256

/**
 * Attribute objects that were passed before, such as constants of a module, by their identity. Whether an object still
 * contains the same is checked each time, as it may have been changed.
 */
export class KnownObjects<M> {
  private readonly known = new WeakMap<Attributes, Known<M>>()
  private unused = 0
  private hasUsed = false

  /** The metric of an object that was kept, and has not changed since. */
  find(attributes: Attributes): M | undefined {
    if (this.unused >= maxUnused && !this.hasUsed) return undefined
    const known = this.known.get(attributes)
    if (known === undefined) return undefined
    const { keys, values, metric } = known
    let i = 0
    for (const key in attributes) {
      if (keys[i] !== key || values[i] !== attributes[key]) return undefined
      i++
    }
    if (i !== keys.length) return undefined
    if (!known.isUsed) this.noteUse(known)
    return metric
  }

  /** Keeps an object, unless too many were kept that did not come again. Allocates; most calls find an object instead. */
  keep(attributes: Attributes, metric: M): void {
    if (this.unused >= maxUnused || !isObject(attributes) || this.known.has(attributes)) return
    const keys = Object.keys(attributes)
    this.known.set(attributes, { keys, values: keys.map((key) => attributes[key]), metric, isUsed: false })
    this.unused++
  }

  private noteUse(known: Known<M>): void {
    known.isUsed = true
    this.hasUsed = true
    this.unused--
  }
}

function isObject(given: unknown): boolean {
  return typeof given === 'object' && given !== null
}
