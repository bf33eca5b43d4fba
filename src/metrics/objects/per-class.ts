import { checkOptions, type OptionRules } from '../../options.ts'
import { callSite } from '../registry/call-site.ts'
import { defaultRegistry } from '../registry/default-registry.ts'
import { type CollectionOptions, checkPath, checkTemplates, collectionRules, declareAll } from './collection.ts'
import type { Members, Template, Templates } from './template.ts'

// biome-ignore lint/suspicious/noExplicitAny: TypeScript has no other word for the arguments of a class that may be extended.
type ClassOf<T> = abstract new (...args: any[]) => T

/** A class of any kind, abstract ones too. */
export type AnyClass = ClassOf<object>

/** Options of {@link Metered}. */
export interface MeteredOptions<C extends AnyClass> extends CollectionOptions {
  /** What the class extends. Default: nothing. */
  readonly base?: C
}

const rules: OptionRules<MeteredOptions<AnyClass>> = { ...collectionRules, base: [isClass, 'a class'] }

/** A class whose objects have the metrics of their class as properties. */
export type MeteredClass<T extends Templates, C extends AnyClass> = C & ClassOf<Members<T>>

/**
 * A class to extend, each of whose subclasses has metrics of its own:
 * `class Endpoint extends Metered('http.endpoints.{}', { latency: timer() })`, and then `this.latency.time(…)` in its methods.
 * An object of `class Users extends Endpoint` counts into `http.endpoints.Users.latency`.
 *
 * `{}` in the path is the name of the class that was called with `new`. What a metric name cannot have becomes `_`; a class
 * without a name is `anonymous`; classes of one name share their metrics. A class gets its metrics with its first object, so
 * an abstract class has none. They are found on its prototype: an object keeps nothing, and recording costs what it always
 * costs. What is wrong with names and options throws with the first object of a class.
 *
 * @param path name of what the metrics are part of; the keys of `templates` come behind it.
 */
export function Metered<const T extends Templates, C extends AnyClass = abstract new () => object>(
  path: string,
  templates: T,
  options: MeteredOptions<C> = {},
): MeteredClass<T, C> {
  checkPath(path)
  checkTemplates(path, templates)
  checkOptions('Metered()', options, rules)
  const { registry = defaultRegistry, base = Object as unknown as C } = options
  const place = callSite()
  const known = new WeakSet<object>()
  const give = (made: AnyClass): void => {
    if (known.has(made)) return
    const members = declareAll<Template<unknown>>(path, templates, (template, key) => {
      return template.declareIn(registry, `${nameFor(path, made)}.${key}`, { place })
    })
    for (const [key, value] of Object.entries(members)) {
      Object.defineProperty(made.prototype, key, { value, configurable: true })
    }
    known.add(made)
  }
  abstract class MeteredObject extends (base as AnyClass) {
    // biome-ignore lint/suspicious/noExplicitAny: so TypeScript wants it of a class that extends one it does not know.
    constructor(...args: any[]) {
      // First, as the constructors below may record.
      give(new.target)
      super(...args)
    }
  }
  return MeteredObject as unknown as MeteredClass<T, C>
}

/**
 * Decorates a field, so that it has the metric of the class of its object:
 * `@metered('http.endpoints.{}.latency', timer()) readonly latency!: Timer`. For classes that cannot extend {@link Metered};
 * what is said there of `{}` and of class names holds here. The metric is made with the first object of a class, or with the
 * class when the field is static. A look-up for each object and field; recording costs what it always costs.
 *
 * @param path the whole name of the metric.
 */
export function metered<M>(path: string, template: Template<M>, options: CollectionOptions = {}): MeteredField<M> {
  checkPath(path)
  checkTemplates(path, { template })
  checkOptions('metered()', options, collectionRules)
  const { registry = defaultRegistry } = options
  const place = callSite()
  const metrics = new WeakMap<object, M>()
  return (_, context) => {
    return function metricOfClass(this: object): M {
      const made = (context.static ? this : this.constructor) as AnyClass
      let metric = metrics.get(made)
      if (metric === undefined) {
        metric = template.declareIn(registry, nameFor(path, made), { place })
        metrics.set(made, metric)
      }
      return metric
    }
  }
}

/** A decorator of fields that hold an `M`. */
export type MeteredField<M> = <This extends object>(
  value: undefined,
  context: ClassFieldDecoratorContext<This, M>,
) => (this: This) => M

/** Whether a class may extend it, which is known by trying, without calling it. */
function isClass(given: unknown): boolean {
  try {
    Reflect.construct(Object, [], given as AnyClass)
    return true
  } catch {
    return false
  }
}

function nameFor(path: string, { name }: AnyClass): string {
  // A class may have something of its own as `name`.
  const given = typeof name === 'string' && name !== '' ? name : 'anonymous'
  return path.replaceAll('{}', given.replace(/[^\w-]/g, '_'))
}
