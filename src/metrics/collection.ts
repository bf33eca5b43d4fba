import { PlimsollError } from '../errors.ts'
import { defaultRegistry } from './default-registry.ts'
import { show } from './definition.ts'
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
 * @param templates kinds without names, by key. Throws what the registry's methods throw for the name and its options, and
 * PLIMSOLL_OPTION_INVALID for what is no template.
 */
export function collection<const T extends Templates>(
  path: string,
  templates: T,
  options: CollectionOptions = {},
): Members<T> {
  const { registry = defaultRegistry } = options
  const members = declareAll<Template<unknown>>(path, templates, (template, key) =>
    template.declareIn(registry, `${path}.${key}`),
  )
  return Object.freeze(members) as Members<T>
}

/** One metric for each template, by the same keys. */
export function declareAll<V>(
  path: string,
  templates: Readonly<Record<string, V>>,
  declare: (template: V, key: string) => unknown,
): Record<string, unknown> {
  if (typeof templates !== 'object' || templates === null) throw noTemplate('templates', path, templates)
  return Object.fromEntries(
    Object.entries(templates).map(([key, template]) => {
      if (!isTemplate(template)) throw noTemplate(`templates.${key}`, path, template)
      return [key, declare(template, key)]
    }),
  )
}

/** Not by its class: another copy of this package has one of its own. */
function isTemplate(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'kind' in given && 'options' in given
}

function noTemplate(option: string, where: string, given: unknown): PlimsollError {
  const expected = 'counter(), timer() or another kind without a name, by key'
  return new PlimsollError('PLIMSOLL_OPTION_INVALID', { option, where, given: show(given), expected })
}
