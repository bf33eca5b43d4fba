import type { Registry } from 'plimsoll'
import {
  childrenByValue,
  collection,
  Metered,
  metered,
  type ObjectTemplates,
  type SumTemplate,
  statsFor,
  sumOfChildren,
  type Template,
  template,
} from 'plimsoll/objects'
import type { Contender, Done } from './calls.ts'
import { durationSum, durations } from './inputs.ts'
import { newName } from './published.ts'
import { mustEqual } from './result.ts'

/** What the metrics of all kinds have in common that is read back here. */
interface Metric {
  readonly value: number | string
  readonly count: number
  readonly sum: number
}

/** A kind of metric, and how it is recorded into. */
export interface Kind {
  readonly name: string
  readonly template: () => Template<unknown>
  /** A method call; `i` is the number of the call, `durations` are inputs. */
  readonly call: string
  readonly verify: (metric: Metric, done: Done) => void
  /** What an object above has that counts it; nothing where that cannot be. */
  readonly sum?: () => SumTemplate<unknown>
}

const verifyDurations: Kind['verify'] = ({ count, sum }, { calls }) => {
  mustEqual('forms', count, calls)
  mustEqual('forms', sum, (calls / durations.length) * durationSum)
}
const record = 'record(durations[i & 4095])'

export const kinds: readonly Kind[] = [
  {
    name: 'counter',
    template: () => template.counter(),
    call: 'inc()',
    verify: ({ value }, { calls }) => mustEqual('counter', Number(value), calls),
    sum: () => sumOfChildren(template.counter()),
  },
  {
    name: 'gauge',
    template: () => template.gauge(),
    call: 'set(i)',
    verify: ({ value }, { slice }) => mustEqual('gauge', Number(value), slice - 1),
    sum: () => sumOfChildren(template.gauge()),
  },
  {
    name: 'meter',
    template: () => template.meter(),
    call: 'mark()',
    verify: ({ value }, { calls }) => mustEqual('meter', Number(value), calls),
  },
  { name: 'histogram', template: () => template.histogram(), call: record, verify: verifyDurations },
  { name: 'timer', template: () => template.timer(), call: record, verify: verifyDurations },
  { name: 'average', template: () => template.average(), call: record, verify: verifyDurations },
  {
    name: 'state',
    template: () => template.state({ states: ['0', '1'] }),
    call: `set(i & 1 ? '1' : '0')`,
    verify: ({ value }) => mustEqual('state', Number(value), 1),
    sum: () => childrenByValue(),
  },
  {
    name: 'text',
    template: () => template.text({ capacity: 32 }),
    call: `set(i & 1 ? '1' : '0')`,
    verify: ({ value }) => mustEqual('text', Number(value), 1),
    sum: () => childrenByValue(),
  },
]

/** Makes something that has a metric of this kind as the property `key`, among others. */
type Form = (registry: Registry, kind: Kind, key: string) => Readonly<Record<string, unknown>>

/** The ways to declare a metric that is a property of something. */
export const forms: Readonly<Record<string, Form>> = {
  collection: (registry, kind, key) => collection(newName(), templatesOf(kind, key), { registry }),
  'extends Metered': (registry, kind, key) => {
    class Cache extends Metered(newName(), templatesOf(kind, key), { registry }) {}
    return new Cache()
  },
  '@metered': (registry, { template }, key) => {
    class Cache {
      @metered(newName(), template(), { registry }) readonly other!: unknown
      @metered(newName(), template(), { registry }) readonly [key]!: unknown
    }
    return new Cache()
  },
  statsFor: (registry, kind, key) => statsBelow(0, registry, kind, key),
  'statsFor with a parent': (registry, kind, key) => statsBelow(1, registry, kind, key),
  'statsFor with a parent and its parent': (registry, kind, key) => statsBelow(2, registry, kind, key),
}

function templatesOf({ template }: Kind, key: string): Readonly<Record<string, Template<unknown>>> {
  return { other: template(), [key]: template() }
}

/** The statistics of an object that has so many objects above it, which all count its metric where they can. */
function statsBelow(levels: number, registry: Registry, kind: Kind, key: string): ReturnType<Form> {
  let parent: object | undefined
  for (let i = 0; i < levels; i++) {
    const object = {}
    const place = parent === undefined ? { registry } : { parent }
    const sums: ObjectTemplates = kind.sum === undefined ? { another: template.counter() } : { [key]: kind.sum() }
    statsFor(object, parent === undefined ? newName() : 'level-{}', sums, place)
    parent = object
  }
  return statsFor({}, newName(), templatesOf(kind, key), parent === undefined ? { registry } : { parent })
}

/** Records into a metric that is kept by itself, as a registry gives it. */
export function byName(registry: Registry, kind: Kind): Contender {
  const name = `${kind.name} by name`
  const record = compile(name, 'metric', kind.call)
  const make: Contender['make'] = () => {
    const { metric } = collection(newName(), { metric: kind.template() }, { registry })
    return { call: record(metric), verify: (done) => kind.verify(metric as Metric, done) }
  }
  return { name, make }
}

/** Records into a metric that is a property. */
export function inForm(registry: Registry, kind: Kind, form: string): Contender {
  // As in an app, properties have names that say what is recorded: V8 knows what is in those of one name.
  const key = `its${kind.name}`
  const record = compile(`${kind.name}, ${form}`, `holder.${key}`, kind.call)
  const make: Contender['make'] = () => {
    const holder = (forms[form] as Form)(registry, kind, key)
    return { call: record(holder), verify: (done) => kind.verify(holder[key] as Metric, done) }
  }
  return { name: form, make }
}

/**
 * A function of each contender's own, as V8 keeps what it knows of objects by the place in the code; two of the same text
 * would be one place.
 */
function compile(name: string, metric: string, call: string): (given: unknown) => (i: number) => unknown {
  const [given] = metric.split('.')
  const make = new Function('durations', given as string, `/* ${name} */ return (i) => ${metric}.${call}`)
  return (holder) => make(durations, holder)
}
