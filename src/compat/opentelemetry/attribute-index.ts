import type { Attributes } from '@opentelemetry/api'
import { labelTexts } from '../../metrics/registry/label-values.ts'
import type { Metric } from '../../metrics/registry/metric.ts'
import type { SparseFamily } from '../../metrics/registry/sparse-family.ts'
import { maxLabelLength } from '../../snapshot/limits.ts'
import { KnownObjects } from './known-objects.ts'
import { labelNameOf } from './names.ts'

/** Where some attributes, one after the other, have led. */
interface Place<M> {
  metric: M | undefined
  /** The attribute that came next first; others are rarer. */
  edge: Edge<M> | undefined
  others: Map<string, Edge<M>> | undefined
}

/** One more attribute. */
interface Edge<M> {
  readonly key: string
  /** Whether its value matters: a view may leave the attribute out. */
  readonly isKept: boolean
  readonly byValue: Map<unknown, Place<M>>
  /** The last value, which is mostly the next one as well. */
  value: unknown
  place: Place<M>
}

/** Attributes that come in ever other orders must not fill memory: beyond this many places, they are looked up by their texts. */
const maxPlaces = 20_000
const noValue = Symbol('no value')

/**
 * Finds the series of attributes without a text for the set: by the object, if it was passed before, or by its contents, where
 * each key and value leads to the next place, in the order in which the object has them.
 */
export class AttributeIndex<M extends Metric> {
  readonly family: SparseFamily<M>
  private readonly scope: ReadonlyMap<string, string>
  private readonly keeps: ((key: string) => boolean) | undefined
  private readonly isByProcess: boolean
  private objects = new KnownObjects<M>()
  private root: Place<M> = newPlace()
  private places = 0

  /** `scope`: labels that all series get. `keeps`: which attributes are kept; all of them without it. */
  constructor(family: SparseFamily<M>, scope: ReadonlyMap<string, string>, keeps?: (key: string) => boolean) {
    this.family = family
    this.scope = scope
    this.keeps = keeps
    this.isByProcess = family.description.aggregation === 'process'
  }

  /** The series of these attributes; the first call makes it. Later ones allocate nothing. */
  find(attributes: Attributes | undefined): M {
    if (attributes === undefined) return this.root.metric ?? this.enter({})
    return this.objects.find(attributes) ?? this.findByContent(attributes)
  }

  private findByContent(attributes: Attributes): M {
    let place = this.root
    for (const key in attributes) {
      let { edge } = place
      if (edge === undefined || edge.key !== key) {
        edge = place.others?.get(key)
        if (edge === undefined) return this.enter(attributes)
      }
      const value = attributes[key]
      if (value !== edge.value && edge.isKept) {
        const next = edge.byValue.get(value)
        if (next === undefined) return this.enter(attributes)
        edge.value = value
        edge.place = next
      }
      place = edge.place
    }
    const { metric } = place
    if (metric === undefined) return this.enter(attributes)
    this.objects.keep(attributes, metric)
    return metric
  }

  /** Forgets where attributes led, as some of these series were removed. */
  forget(): void {
    this.objects = new KnownObjects()
    this.root = newPlace()
    this.places = 0
  }

  private enter(attributes: Attributes): M {
    const { family } = this
    const given = typeof attributes === 'object' && attributes !== null ? attributes : {}
    const labels = this.labelsOf(given)
    const missing = [...labels.keys()].filter((name) => !family.labelNames.includes(name))
    if (missing.length > 0 && (family.isFull || !family.addLabels(missing))) return family.pastLimit()
    const metric = family.seriesOf(family.labelNames.map((name) => labels.get(name) ?? ''))
    if (!family.isOverflow(metric)) this.remember(given, metric)
    return metric
  }

  /** Keys that are spelled alike share a label, with the values in the order of the keys: OpenTelemetry's rule for Prometheus. */
  private labelsOf(attributes: Attributes): Map<string, string> {
    const labels = new Map(this.scope)
    for (const key of Object.keys(attributes).sort()) {
      const value = attributes[key]
      if (value === undefined || this.keeps?.(key) === false) continue
      const [text = ''] = labelTexts([Array.isArray(value) ? JSON.stringify(value) : value], () =>
        this.family.countRejected('label'),
      )
      if (text === '') continue
      const name = labelNameOf(key, this.isByProcess)
      const other = labels.get(name)
      labels.set(name, other === undefined ? text : `${other};${text}`)
    }
    return labels
  }

  /** Arrays are looked up by their text each time, as their elements may change, and so are long texts. */
  private remember(attributes: Attributes, metric: M): void {
    const keys: string[] = []
    for (const key in attributes) keys.push(key)
    const isPlain = keys.every((key) => Object.hasOwn(attributes, key) && isShort(attributes[key]))
    if (!isPlain || this.places + keys.length > maxPlaces) return
    let place = this.root
    for (const key of keys) place = this.next(place, key, attributes[key])
    place.metric = metric
  }

  private next(place: Place<M>, key: string, value: unknown): Place<M> {
    let edge = place.edge?.key === key ? place.edge : place.others?.get(key)
    if (edge === undefined) {
      const isKept = this.keeps?.(key) !== false
      edge = { key, isKept, byValue: new Map(), value: noValue, place: newPlace() }
      if (place.edge === undefined) place.edge = edge
      else place.others = (place.others ?? new Map<string, Edge<M>>()).set(key, edge)
    }
    if (!edge.isKept) return edge.place
    let next = edge.byValue.get(value)
    if (next === undefined) {
      next = newPlace()
      edge.byValue.set(value, next)
      this.places++
    }
    return next
  }
}

/** Texts that were cut would stay in memory as a whole. */
function isShort(value: unknown): boolean {
  return typeof value === 'string' ? value.length <= maxLabelLength : typeof value !== 'object'
}

function newPlace<M>(): Place<M> {
  return { metric: undefined, edge: undefined, others: undefined }
}
