// For apps that do not ask for this library themselves: the type of the statistics needs it.
/// <reference lib="esnext.disposable" preserve="true" />
import { show } from '../../errors.ts'
import { checkOptions, type OptionRules } from '../../options.ts'
import { defaultRegistry } from '../registry/default-registry.ts'
import type { Family } from '../registry/family.ts'
import type { Registry } from '../registry/registry.ts'
import { type CollectionOptions, checkPath, collectionRules, declareAll } from './collection.ts'
import { invalid, ObjectNode, type ObjectTemplate } from './object-node.ts'
import type { LabelledMetrics } from './object-part.ts'
import type { SumTemplate } from './sum-template.ts'
import type { Template } from './template.ts'

/** What of an object is to be counted, by keys. */
export type ObjectTemplates = Readonly<Record<string, ObjectTemplate>> & {
  /** No statistic: the method that closes them all. */
  readonly close?: never
}

/** Options of {@link statsFor}. */
export interface StatsForOptions extends CollectionOptions {
  /** The object that this one is part of; it has statistics itself. Default: none. */
  readonly parent?: object
  /** What stands for `{}` in the path. Default: the lowest number that no other living object has. */
  readonly id?: string | number
}

const rules: OptionRules<StatsForOptions> = {
  ...collectionRules,
  parent: [isObject, 'an object that was passed to statsFor() before'],
  id: [(given) => typeof given === 'string' || typeof given === 'number', 'a string or a number'],
}

/** The statistics of an object, by the keys of their templates. */
export type ObjectStats<T extends ObjectTemplates> = Disposable & {
  readonly [K in Exclude<keyof T, 'close'>]: T[K] extends Template<infer M>
    ? M extends Family<infer One, infer L>
      ? LabelledMetrics<One, L>
      : M
    : T[K] extends SumTemplate<infer S>
      ? S
      : never
} & {
  /**
   * Takes the metrics of this object and of all objects below away, from snapshots and from the page. What counters counted
   * stays in the sums of the objects above; what gauges, states and texts say leaves them. What is recorded later is seen by
   * nobody.
   */
  close(): void
}

/** That an object is at a node. */
interface Use {
  readonly node: ObjectNode
  readonly template: string
  isOver: boolean
}

const uses = new WeakMap<object, Use>()
const collected = new FinalizationRegistry<Use>((use) => end(use, true))

/** Where objects of one parent, or without one, are. */
interface Siblings {
  readonly nodes: Map<string, ObjectNode>
  /** By template: numbers that were freed, and the next one. */
  readonly numbers: Map<string, { readonly free: number[]; next: number }>
}

const siblingsOf = new WeakMap<Registry | ObjectNode, Siblings>()

/**
 * Gives an object statistics of its own, at a path: `stats = statsFor(this, '/processor', { finished: counter() })`, and then
 * `this.stats.finished.inc()`. With a parent the path goes on from its path, and its `sumOfChildren` and `childrenByValue` of
 * the same keys count this object, too.
 *
 * A path without `{}` is that of one object: `/processor` has the metric `processor.finished`. A path with `{}` is that of
 * many:
 * `'thread-{}'` below it becomes `/processor/thread-0`, `/processor/thread-1` and so on, which share the metric
 * `processor.thread.finished` and are distinguished by the label `object`. Objects of one path share all metrics.
 * Called again for an object, for example by the constructor of a class that extends its class, it adds to what is there.
 *
 * The metrics go with `close()`, or some time after the object was collected as garbage, but not before those of objects below.
 * Without a parent recording costs what it always costs, with one a store more for each object above that counts it.
 * A labelled statistic takes `maxSeries` series an object; what is past that goes to the overflow series of all.
 *
 * @param path parts of names, with `/` between them. Throws what the registry's methods throw for names and options, and
 * PLIMSOLL_OPTION_INVALID when parent, id or another path of the same object do not fit, or a parent cannot sum a kind up.
 */
export function statsFor<const T extends ObjectTemplates>(
  object: object,
  path: string,
  templates: T,
  options: StatsForOptions = {},
): ObjectStats<T> {
  checkPath(path)
  checkOptions(path, options, rules)
  if (!isObject(object))
    throw invalid('object', path, show(object), 'the object that the statistics are of, such as this')
  const known = uses.get(object)
  const use = known === undefined || known.isOver || known.node.isOver ? begin(object, path, options) : known
  // Names the object, so that this is not collected as long as its statistics are at hand.
  const close = (): void => {
    if (!use.isOver) collected.unregister(object)
    end(use)
  }
  try {
    if (use.template !== path)
      throw invalid('path', use.node.path, path, `"${use.template}", its previous path: an object has one`)
    if (Object.hasOwn(templates ?? {}, 'close'))
      throw invalid('templates', use.node.path, 'close', 'another key: this is a method')
    const members = declareAll<ObjectTemplate>(
      use.node.path,
      templates,
      (template, key) => {
        return use.node.declare(key, template)
      },
      ['declareIn', 'refuses'],
    )
    return Object.freeze({ ...members, close, [Symbol.dispose]: close }) as ObjectStats<T>
  } catch (error) {
    if (use !== known) close()
    throw error
  }
}

function begin(object: object, template: string, options: StatsForOptions): Use {
  const { parent, id } = options
  const above = isObject(parent) ? uses.get(parent as object) : undefined
  if (parent !== undefined && above === undefined) {
    throw invalid('parent', template, 'an object without statistics', 'an object that was passed to statsFor() before')
  }
  if (id !== undefined && !template.includes('{}'))
    throw invalid('id', template, String(id), 'no id, or a path with {} in its place')
  const { registry = above?.node.registry ?? defaultRegistry } = options
  const use = { node: nodeFor(registry, template, above?.node, id), template, isOver: false }
  use.node.join()
  uses.set(object, use)
  collected.register(object, use, object)
  return use
}

function isObject(given: unknown): boolean {
  return (typeof given === 'object' && given !== null) || typeof given === 'function'
}

/** The node of that path, made when nobody is there. */
function nodeFor(
  registry: Registry,
  template: string,
  parent: ObjectNode | undefined,
  id?: string | number,
): ObjectNode {
  const { nodes, numbers } = siblingsBelow(parent ?? registry)
  const pattern = template.replace(/^\//, '')
  const take = (name: string, onClose?: () => void): ObjectNode => {
    const node = new ObjectNode(registry, pattern, name, parent, () => {
      nodes.delete(name)
      onClose?.()
    })
    nodes.set(name, node)
    return node
  }
  if (id !== undefined || !pattern.includes('{}')) {
    const name = pattern.replaceAll('{}', String(id))
    return nodes.get(name) ?? take(name)
  }
  let counted = numbers.get(pattern)
  if (counted === undefined) {
    counted = { free: [], next: 0 }
    numbers.set(pattern, counted)
  }
  const { free } = counted
  for (;;) {
    const number = free.pop() ?? counted.next++
    const name = pattern.replaceAll('{}', String(number))
    // Unless somebody has it as an id.
    if (!nodes.has(name)) return take(name, () => free.push(number))
  }
}

function siblingsBelow(place: Registry | ObjectNode): Siblings {
  let siblings = siblingsOf.get(place)
  if (siblings === undefined) {
    siblings = { nodes: new Map(), numbers: new Map() }
    siblingsOf.set(place, siblings)
  }
  return siblings
}

function end(use: Use, isCollected = false): void {
  if (use.isOver) return
  use.isOver = true
  use.node.leave(isCollected)
}
