import { PlimsollError } from '../../errors.ts'
import { kinds, type MetricFactory } from '../kinds/factories.ts'
import { define } from '../registry/definition.ts'
import type { Family } from '../registry/family.ts'
import type { Metric } from '../registry/metric.ts'
import type { Registry } from '../registry/registry.ts'
import { ObjectPart } from './object-part.ts'
import { SumTemplate } from './sum-template.ts'
import { SummedCounter, SummedGauge } from './summed.ts'
import type { Template } from './template.ts'

/** The label that distinguishes objects with the same names; its values are their paths. */
const objectLabel = 'object'
const defaultLimit = 2000

/** Makes metrics that objects above can sum up. */
const linkedKinds: Readonly<Record<string, MetricFactory>> = {
  counter: () => ({ make: (slot, owner) => new SummedCounter(slot, owner) }),
  gauge: (definition) => {
    const { extremes, aggregation } = definition
    if (extremes || aggregation === 'last') return kinds.gauge(definition)
    return { make: (slot, owner) => new SummedGauge(slot, owner) }
  },
}

/** A metric that an object is to have, its own or a sum. */
export type ObjectTemplate = Template<unknown> | SumTemplate<unknown>

interface Member {
  readonly template: ObjectTemplate
  readonly part: ObjectPart
}

/** What a key of objects was declared as. */
interface Declared {
  readonly family: Family<Metric>
  readonly template: ObjectTemplate
  readonly isLinked: boolean
  readonly isOneOfMany: boolean
}

const declaredFamilies = new WeakMap<Registry, Map<string, Declared>>()

function familiesOf(registry: Registry): Map<string, Declared> {
  const known = declaredFamilies.get(registry) ?? new Map<string, Declared>()
  declaredFamilies.set(registry, known)
  return known
}

/** The place of an object, and of all others of its path, among the objects that have statistics. */
export class ObjectNode {
  readonly path: string
  readonly registry: Registry
  private readonly parent: ObjectNode | undefined
  /** What the names of its metrics begin with. */
  private readonly names: string
  /** Whether it shares its names with objects of other paths. */
  private readonly isOneOfMany: boolean
  private children: Set<ObjectNode> | undefined
  private readonly members = new Map<string, Member>()
  private readonly onClose: () => void
  /** How many objects are here. */
  private users = 0
  private isClosed = false
  /** Its object was collected while there were children. */
  private isAbandoned = false

  /** `template`: its name below its parent, in which `name` has a number or an id for each `{}`. */
  constructor(registry: Registry, template: string, name: string, parent: ObjectNode | undefined, onClose: () => void) {
    const own = template.replace(/[-_./]?\{\}/g, '').replaceAll('/', '.')
    this.registry = registry
    this.parent = parent
    this.path = `${parent?.path ?? ''}/${name}`
    this.names = parent === undefined ? own : `${parent.names}.${own}`
    this.isOneOfMany = template.includes('{}') || parent?.isOneOfMany === true
    this.onClose = onClose
    if (parent === undefined || parent.isClosed) return
    parent.children ??= new Set()
    parent.children.add(this)
  }

  /** The metric of that key, or its metrics by label values; made by the first call. */
  declare(key: string, template: ObjectTemplate): unknown {
    const above = this.partAbove(key, template)
    const family = this.declareFamily(key, template)
    const part = this.members.get(key)?.part ?? this.addPart(key, template, family, above)
    const { constants, options } = template
    return constants === undefined && options.labels !== undefined ? part : part.labels(constants ?? {})
  }

  /** Whether it was taken away, with its object or with one above. */
  get isOver(): boolean {
    return this.isClosed
  }

  /** One object more is here. */
  join(): void {
    this.users++
    this.isAbandoned = false
  }

  /** One object fewer; the last one takes all away, but when it was `collected` not before those below. */
  leave(collected = false): void {
    this.users--
    if (this.users > 0) return
    if (collected && !this.hasNoChildren) this.isAbandoned = true
    else this.close()
  }

  /** Takes its metrics and those of all objects below away. */
  private close(): void {
    if (this.isClosed) return
    this.isClosed = true
    for (const child of [...(this.children ?? [])]) child.close()
    for (const [key, { part }] of this.members) {
      part.close()
      // Names may be made up as objects are: they are not to pile up.
      if (!part.isLast) continue
      this.registry.remove(this.nameOf(key))
      familiesOf(this.registry).delete(this.nameOf(key))
    }
    this.members.clear()
    this.onClose()
    const { parent } = this
    if (parent === undefined) return
    parent.children?.delete(this)
    if (parent.isAbandoned && parent.hasNoChildren) parent.close()
  }

  private get hasNoChildren(): boolean {
    return this.children === undefined || this.children.size === 0
  }

  /** The family of a key. Objects of one place come and go by thousands, so what one of them declared is not checked again. */
  private declareFamily(key: string, template: ObjectTemplate): Family<Metric> {
    const name = this.nameOf(key)
    const families = familiesOf(this.registry)
    const known = families.get(name)
    const isLinked = this.isLinked(template)
    if (known?.isLinked === isLinked && known.isOneOfMany === this.isOneOfMany) {
      if (saysTheSame(known.template, template) && this.registry.has(known.family)) return known.family
    }
    const family = this.declareAnew(name, template, isLinked)
    families.set(name, { family, template, isLinked, isOneOfMany: this.isOneOfMany })
    return family
  }

  private declareAnew(name: string, template: ObjectTemplate, isLinked: boolean): Family<Metric> {
    const { kind, options, constants } = template
    for (const option of ['expireAfterSeconds', 'removeAtZero'] as const) {
      if (!(option in options)) continue
      throw invalid(
        option,
        name,
        String(options[option as keyof typeof options]),
        'no value: series are removed with their object',
      )
    }
    const own = [...(options.labels ?? []), ...Object.keys(constants ?? {})]
    const labels = this.isOneOfMany ? [objectLabel, ...own] : own
    const factory = isLinked ? linkedKinds[kind] : undefined
    // Checked as it was given before the limit is put aside.
    if (this.isLimitedHere(template)) define(kind, name, options)
    const limits = this.isLimitedHere(template) ? { maxSeries: Number.POSITIVE_INFINITY } : {}
    return this.registry.declareAs(
      kind,
      name,
      { ...options, ...limits, labels },
      factory && { factory },
    ) as Family<Metric>
  }

  private addPart(key: string, template: ObjectTemplate, family: Family<Metric>, above?: ObjectPart): ObjectPart {
    const object = this.isOneOfMany ? { [objectLabel]: this.path } : {}
    const limit = this.isLimitedHere(template) ? (template.options.maxSeries ?? defaultLimit) : Number.POSITIVE_INFINITY
    const isSum = template instanceof SumTemplate && !template.countsValues
    const part = new ObjectPart(family, object, limit, isSum)
    this.members.set(key, { template, part })
    if (above !== undefined) part.countIn(above)
    if (template instanceof SumTemplate) for (const child of this.children ?? []) child.linkAgain(key)
    return part
  }

  private nameOf(key: string): string {
    return `${this.names}.${key}`
  }

  /** Whether it may count for objects above, or those below for it. */
  private isLinked(template: ObjectTemplate): boolean {
    return template instanceof SumTemplate || this.parent !== undefined
  }

  /** Whether its limit is that of the object: the series past that of the family would be those of all, of whatever parents. */
  private isLimitedHere(template: ObjectTemplate): boolean {
    const { kind, options } = template
    if (this.isOneOfMany) return kind !== 'info'
    return options.labels !== undefined && this.isLinked(template)
  }

  /** The nearest part above that sums this key up. */
  private partAbove(key: string, template: ObjectTemplate): ObjectPart | undefined {
    for (let node = this.parent; node !== undefined && !node.isClosed; node = node.parent) {
      const sum = node.members.get(key)
      if (!(sum?.template instanceof SumTemplate)) continue
      const expected = sum.template.refuses(template)
      if (expected === undefined) return sum.part
      const { kind, options } = template
      const given = `a ${kind}${options.labels === undefined ? '' : ` with the labels ${options.labels.join(', ')}`}`
      throw invalid(key, this.path, given, `${expected}, which ${node.path} adds up, or another key`)
    }
    return undefined
  }

  /** After something above has begun to sum up what is here or below. */
  private linkAgain(key: string): void {
    const member = this.members.get(key)
    const above = member && this.partAbove(key, member.template)
    if (above !== undefined) member?.part.countIn(above)
    for (const child of this.children ?? []) child.linkAgain(key)
  }
}

function saysTheSame(known: ObjectTemplate, given: ObjectTemplate): boolean {
  if (known.kind !== given.kind || known instanceof SumTemplate !== given instanceof SumTemplate) return false
  return areEqual(known.options, given.options) && areEqual(known.constants, given.constants)
}

/** Of plain data, as options are. */
function areEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  const keys = Object.keys(one)
  if (keys.length !== Object.keys(other).length) return false
  return keys.every((key) => areEqual(one[key as keyof object], other[key as keyof object]))
}

/** @internal */
export function invalid(option: string, where: string, given: string, expected: string): PlimsollError {
  return new PlimsollError('PLIMSOLL_OPTION_INVALID', { option, where, given, expected })
}
