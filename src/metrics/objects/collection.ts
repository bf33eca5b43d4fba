import { optionInvalid, PlimsollError, show } from '../../errors.ts'
import { checkOptions, type OptionRules, registryLike } from '../../options.ts'
import { defaultRegistry } from '../registry/default-registry.ts'
import type { Registry } from '../registry/registry.ts'
import type { Members, Template, Templates } from './template.ts'

/** Options of `collection`. */
export interface CollectionOptions {
  /** Where the metrics are declared. Default: the default registry. */
  readonly registry?: Registry
}

/** Which of them are valid. */
export const collectionRules: OptionRules<CollectionOptions> = { registry: registryLike }

/**
 * Declares several metrics below one path: `collection('web', { errors: counter(), latency: timer() })` has
 * `web.errors` as `errors` and `web.latency` as `latency`. Keys become names as they are written. A member is the metric
 * itself, so recording through it costs one property more. Declared again, it has the same metrics.
 *
 * @param path name of what they are part of, with `.` or `/` between its parts.
 * @param templates kinds without names, by key. Throws what the registry's methods throw for the name and its options, and
 * PLIMSOLL_OPTION_INVALID for anything but a template.
 */
export function collection<const T extends Templates>(
  path: string,
  templates: T,
  options: CollectionOptions = {},
): Members<T> {
  checkPath(path)
  checkOptions('collection()', options, collectionRules)
  const { registry = defaultRegistry } = options
  const members = declareAll<Template<unknown>>(path, templates, (template, key) =>
    template.declareIn(registry, `${path}.${key}`),
  )
  return Object.freeze(members) as Members<T>
}

/** Throws PLIMSOLL_NAME_INVALID for anything but a string; its content is checked as part of the complete name. */
export function checkPath(path: unknown): void {
  if (typeof path !== 'string') throw new PlimsollError('PLIMSOLL_NAME_INVALID', { what: show(path) })
}

/** One metric for each template, by the same keys; a template is known by one of its methods. */
export function declareAll<V>(
  path: string,
  templates: Readonly<Record<string, V>>,
  declare: (template: V, key: string) => unknown,
  methods?: readonly string[],
): Record<string, unknown> {
  checkTemplates(path, templates, methods)
  return Object.fromEntries(Object.entries(templates).map(([key, template]) => [key, declare(template, key)]))
}

/**
 * Throws PLIMSOLL_OPTION_INVALID for what are no templates. They are known by a method, not by their class: another copy of
 * this package has one of its own.
 */
export function checkTemplates(where: string, templates: unknown, methods: readonly string[] = ['declareIn']): void {
  const expected = 'an object of templates, such as template.counter() or template.timer()'
  if (typeof templates !== 'object' || templates === null) throw optionInvalid('templates', where, templates, expected)
  for (const [key, template] of Object.entries(templates)) {
    const isTemplate = typeof template === 'object' && template !== null && methods.some((method) => method in template)
    if (!isTemplate) throw optionInvalid(`templates.${key}`, where, template, expected)
  }
}
