import type { PlimsollError } from '../../errors.ts'
import type { PageInfo } from '../../snapshot/snapshot.ts'
import type { Registry } from './registry.ts'

/** Why a registry that is to be published has no page. */
interface Lack {
  /** Who would write it. */
  readonly page: PageInfo
  /** Where it would be. */
  readonly directory: () => string
  readonly error: PlimsollError
}

/** A registry that is to be published and has no page. The caller that notes it keeps this object as long as that is so. */
export interface Unpublished extends Lack {
  readonly registry: Registry
  forget(): void
}

/** Found by every copy of this package in the process. */
const key = Symbol.for('plimsoll.unpublished.1')
const shared = globalThis as { [key]?: Set<WeakRef<Unpublished>> }

/** Notes that a registry has no page, so that fleets of this process count it all the same. */
export function noteUnpublished(registry: Registry, lack: Lack): Unpublished {
  shared[key] ??= new Set()
  const all = shared[key]
  const noted: Unpublished = { ...lack, registry, forget: () => all.delete(reference) }
  const reference = new WeakRef(noted)
  all.add(reference)
  return noted
}

/** Those that were noted last for each registry and still live. */
export function unpublishedRegistries(): Unpublished[] {
  const all = shared[key] ?? new Set()
  return [...all].flatMap((reference) => {
    const noted = reference.deref()
    if (noted === undefined) all.delete(reference)
    return noted ?? []
  })
}
