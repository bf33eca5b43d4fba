import { PlimsollError } from '../../errors.ts'
import { checkOptions } from '../../options.ts'
import { seriesOptions } from '../../snapshot/kinds/options.ts'
import type { Counter } from '../kinds/counter.ts'
import type { Gauge } from '../kinds/gauge.ts'
import type { FamilyOptions, GaugeOptions } from '../registry/definition.ts'
import type { Family } from '../registry/family.ts'
import { checkTemplates } from './collection.ts'
import type { LabelledMetrics } from './object-part.ts'
import type { Template, TemplateOptions } from './template.ts'

/** A metric whose values come from objects below. */
export interface Sum {
  /** The sum now. */
  readonly value: number
}

/**
 * What an object counts of the objects below it; made by {@link sumOfChildren} and {@link childrenByValue}.
 * @typeParam S what it becomes
 */
export class SumTemplate<out S> {
  /** A type only: no template has it. Without it, the types in the package would not say what it becomes. */
  declare protected readonly becomes: S
  /** @internal */
  readonly kind: 'counter' | 'gauge'
  /** @internal */
  readonly options: TemplateOptions
  /** @internal */
  readonly constants: undefined
  /** @internal Whether it counts how many have a value, instead of adding values up. */
  readonly countsValues: boolean

  /** Made by {@link sumOfChildren} and {@link childrenByValue}, not by hand. */
  constructor(kind: 'counter' | 'gauge', options: TemplateOptions, countsValues: boolean) {
    this.kind = kind
    this.options = options
    this.countsValues = countsValues
  }

  /** @internal What would be right in the place of `template`, where that cannot be counted. */
  refuses(template: Template<unknown> | SumTemplate<unknown>): string | undefined {
    const { kind, options } = template
    if (this.countsValues) {
      const isCounted = template instanceof SumTemplate ? template.countsValues : kind === 'state' || kind === 'text'
      const isOne = template instanceof SumTemplate || options.labels === undefined
      return isCounted && isOne ? undefined : 'a state or text without labels'
    }
    const labels = options.labels?.toSorted().join(', ')
    const expected = this.options.labels?.toSorted().join(', ')
    const countsValues = template instanceof SumTemplate && template.countsValues
    if (kind === this.kind && labels === expected && !countsValues && isSummable(options)) return undefined
    return `a plain ${this.kind}${expected === undefined ? ' without labels' : ` with the labels ${expected}`}`
  }
}

/**
 * The sum of the children's counters or gauges of the same key: `finished: sumOfChildren(counter())`. With labels it has one
 * for each combination of values. Children that have none pass on what their own children have. What a counter of a child
 * counted stays when the child goes; a gauge leaves the sum. Sums of whole numbers are exact up to 2^53, others
 * are as near as adding and taking away again comes.
 *
 * @param template what the children have, but without extremes and not with aggregation `last`, which throws
 * PLIMSOLL_OPTION_INVALID.
 */
export function sumOfChildren<L extends string>(
  template: Template<Family<Counter, L>> | Template<Family<Gauge, L>>,
): SumTemplate<LabelledMetrics<Sum, L>>
export function sumOfChildren(template: Template<Counter> | Template<Gauge>): SumTemplate<Sum>
export function sumOfChildren(template: Template<unknown>): SumTemplate<unknown> {
  checkTemplates('sumOfChildren()', { template })
  const { kind, options } = template
  if ((kind === 'counter' || kind === 'gauge') && isSummable(options)) {
    const { type } = options as GaugeOptions
    return new SumTemplate(kind, type === 'bool' ? ({ ...options, type: 'int' } as TemplateOptions) : options, false)
  }
  throw new PlimsollError('PLIMSOLL_OPTION_INVALID', {
    option: 'template',
    where: 'sumOfChildren()',
    given: `a ${kind}${isSummable(options) ? '' : ' with extremes or the aggregation "last"'}`,
    expected: 'a counter or gauge without extremes and the aggregation "last"',
  })
}

/**
 * How many children have each value in their state or text of the same key: `state: childrenByValue()` is a gauge with the
 * label
 * `value`, such as `processor.state{value="waiting"} 3`. All states that a child may have are there from the beginning, texts
 * as they come. Children that have none pass on what their own children have.
 */
export function childrenByValue(
  options: Pick<FamilyOptions, 'help' | 'maxSeries'> = {},
): SumTemplate<LabelledMetrics<Sum, 'value'>> {
  const { help, maxSeries } = seriesOptions
  checkOptions('childrenByValue()', options, { help, maxSeries })
  return new SumTemplate('gauge', { ...options, type: 'int', labels: ['value'] } as TemplateOptions, true)
}

function isSummable(options: TemplateOptions): boolean {
  const { extremes, aggregation } = options as GaugeOptions
  return !extremes && aggregation !== 'last'
}
