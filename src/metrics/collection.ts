import { defaultRegistry } from './default-registry.ts'
import type { Registry } from './registry.ts'
import type { Members, Template, Templates } from './template.ts'

/** What a collection may be told. */
export interface CollectionOptions {
  /** Where the metrics are declared. Default: the default registry. */
  readonly registry?: Registry
}

/**
 * Declares several metrics below one path: `collection('web', { errors: counter(), latency: timer() })` has
 * `web.errors` as `errors` and `web.latency` as `latency`. Keys become names as they are written. A member is the metric
 * itself, so recording through it costs one property more. Declared again, it has the same metrics.
 *
 * @param path name of what they are part of, with `.` or `/` between its parts.
 * @param templates kinds without names, by key. Throws what the registry's methods throw for the name and its options.
 */
export function collection<const T extends Templates>(
  path: string,
  templates: T,
  options: CollectionOptions = {},
): Members<T> {
  const { registry = defaultRegistry } = options
  const members = declareAll<Template<unknown>>(templates, (template, key) =>
    template.declareIn(registry, `${path}.${key}`),
  )
  return Object.freeze(members) as Members<T>
}

/** One metric for each template, by the same keys. */
export function declareAll<V>(
  templates: Readonly<Record<string, V>>,
  declare: (template: V, key: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(templates).map(([key, template]) => [key, declare(template, key)]))
}
