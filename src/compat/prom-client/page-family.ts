import type { NamedKind } from '../../metrics/registry/declare.ts'
import { defaultRegistry } from '../../metrics/registry/default-registry.ts'
import type { Family } from '../../metrics/registry/family.ts'
import type { Metric } from '../../metrics/registry/metric.ts'
import { Registry } from '../../metrics/registry/registry.ts'

/** How a metric is declared in the page. */
export interface PageDeclaration {
  readonly kind: NamedKind
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
}

/** Names that a metric of this module has in the page, and those that one had: its family is there to be taken again. */
const owned = new Set<string>()
const left = new Set<string>()

/**
 * The family of that name in the default registry, for the metric that asks first; `undefined` where another metric has the
 * name: one of the app's own, or one of another registry of prom-client's API, where several may have the same name.
 */
export function claimFamily<M extends Metric>({ kind, name, options }: PageDeclaration): Family<M> | undefined {
  if (owned.has(name)) return undefined
  if (left.has(name)) {
    const family = tryToDeclare<M>(kind, name, options)
    // Declared otherwise than before: that one is of no use to anyone.
    if (family === undefined) defaultRegistry.remove(name)
    left.delete(name)
    owned.add(name)
    return family ?? tryToDeclare<M>(kind, name, options)
  }
  if (defaultRegistry.isTaken(name)) return undefined
  const family = tryToDeclare<M>(kind, name, options)
  if (family !== undefined) owned.add(name)
  return family
}

/** Gives the name back. The family stays in the page, for a metric that is declared in the same way. */
export function leaveFamily(name: string): void {
  owned.delete(name)
  left.add(name)
}

/** A family that nobody sees but the metric that records into it. */
export function hiddenFamily<M extends Metric>({ kind, name, options }: PageDeclaration): Family<M> {
  return new Registry().declareAs(kind, name, options) as unknown as Family<M>
}

function tryToDeclare<M extends Metric>(kind: NamedKind, name: string, options: object): Family<M> | undefined {
  try {
    return defaultRegistry.declareAs(kind, name, options, { place: 'plimsoll/prom-client' }) as unknown as Family<M>
  } catch {
    return undefined
  }
}
