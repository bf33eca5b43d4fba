import { type Attributes, context, diag } from '@opentelemetry/api'
import { reasonOf } from '../../errors.ts'
import type { Average } from '../../metrics/kinds/average.ts'
import type { Counter } from '../../metrics/kinds/counter.ts'
import type { Gauge } from '../../metrics/kinds/gauge.ts'
import type { Histogram } from '../../metrics/kinds/histogram.ts'
import type { Registry } from '../../metrics/registry/registry.ts'
import type { SparseFamily } from '../../metrics/registry/sparse-family.ts'
import { unitSuffix } from '../../units.ts'
import { AttributeIndex } from './attribute-index.ts'
import { familyNameOf } from './names.ts'
import { type InstrumentDescription, type Plan, planOf, type StreamDefaults } from './plan.ts'
import { type AttributesProcessor, isChosenBy, type ViewOptions } from './views.ts'

/** Any metric that an instrument records into. */
export type StreamMetric = Counter | Gauge | Histogram | Average

/** The values of one instrument, on their way to one family. */
export interface Stream {
  readonly use: Plan['use']
  readonly index: AttributeIndex<StreamMetric>
}

/** Makes the streams of the instruments of a provider. */
export class Streams {
  private readonly registry: Registry
  private readonly views: readonly ViewOptions[]
  private readonly defaults: StreamDefaults
  /** Names of instruments are not case-sensitive: the first spelling is that of the family. */
  private readonly spellings = new Map<string, string>()

  constructor(registry: Registry, views: readonly ViewOptions[], defaults: StreamDefaults) {
    this.registry = registry
    this.views = views
    this.defaults = defaults
  }

  /** One stream for each view that is about the instrument, and is not to drop it; one where there is no view. */
  of(instrument: InstrumentDescription, scope: ReadonlyMap<string, string>): Stream[] {
    const views = this.views.filter((view) => isChosenBy(view, instrument))
    return (views.length === 0 ? [{}] : views).flatMap((view) => {
      const plan = planOf(instrument, view, this.defaults)
      const family = plan && this.familyOf(plan, instrument)
      if (plan === undefined || family === undefined) return []
      const { attributeKeys, attributesProcessors = [] } = view
      const kept = attributeKeys && new Set(attributeKeys)
      const keeps = kept && ((key: string): boolean => kept.has(key))
      const index =
        attributesProcessors.length === 0
          ? new AttributeIndex(family, scope, keeps)
          : new ProcessedIndex(family, scope, keeps, attributesProcessors)
      return [{ use: plan.use, index }]
    })
  }

  /**
   * The family of a plan. Where one of that name is declared otherwise, another name is used, as both are to be recorded: the
   * kind of the instrument stands behind it, and then its unit.
   */
  private familyOf(plan: Plan, instrument: InstrumentDescription): SparseFamily<StreamMetric> | undefined {
    const name = this.nameOf(plan.name)
    if (name === undefined) {
      diag.error(`The instrument ${JSON.stringify(plan.name)} is not recorded: its name has no letter, digit or "_"`)
      return undefined
    }
    const byKind = `${name}.${instrument.kind.toLowerCase()}`
    const names = [name, byKind, `${byKind}_${unitSuffix(plan.options.unit)}`, `${byKind}_${plan.kind}`]
    let reason = ''
    for (const one of names) {
      const family = this.declare(one, plan, (cause) => (reason ||= reasonOf(cause)))
      if (family === undefined) continue
      if (one !== name) diag.warn(`The instrument ${name} is recorded as ${one}: ${reason}`)
      return family
    }
    diag.error(`The instrument ${name} is not recorded: ${reason}`)
    return undefined
  }

  private nameOf(name: string): string | undefined {
    const legal = familyNameOf(name)
    if (legal === undefined) return undefined
    const key = legal.toLowerCase()
    const known = this.spellings.get(key) ?? legal
    this.spellings.set(key, known)
    return known
  }

  /** A family that is there already keeps its description. */
  private declare(name: string, plan: Plan, refuse: (cause: unknown) => void): SparseFamily<StreamMetric> | undefined {
    const { kind, help, options } = plan
    for (const given of [{ ...options, help }, options]) {
      try {
        const declared = this.registry.declareAs(kind, name, { ...given, labels: [] }, { sparse: true })
        return declared as unknown as SparseFamily<StreamMetric>
      } catch (cause) {
        refuse(cause)
      }
    }
    return undefined
  }
}

/** With attributes that processors of a view change first. */
class ProcessedIndex extends AttributeIndex<StreamMetric> {
  private readonly processors: readonly AttributesProcessor[]

  constructor(
    family: SparseFamily<StreamMetric>,
    scope: ReadonlyMap<string, string>,
    keeps: ((key: string) => boolean) | undefined,
    processors: readonly AttributesProcessor[],
  ) {
    super(family, scope, keeps)
    this.processors = processors
  }

  override find(attributes: Attributes = {}): StreamMetric {
    const active = context.active()
    return super.find(this.processors.reduce((changed, processor) => processor.process(changed, active), attributes))
  }
}
