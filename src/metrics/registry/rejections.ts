import { PlimsollError, show } from '../../errors.ts'
import { givenValues, labelTexts } from './label-values.ts'

/** Why a value or labels were rejected: the label `reason` of `plimsoll.rejected`. */
export type Rejection = 'value' | 'label' | 'labels' | 'missing_label' | 'exemplar'

/** What counts and warns for all families of a registry. */
export interface RejectionHost {
  countRejected(family: string, reason: Rejection): void
  /** Warns about a wrong call. */
  warn(warning: PlimsollError): void
}

/** Counts what a family rejects while the app records, and warns once of calls that are wrong each time. */
export class Rejections {
  private readonly host: RejectionHost
  private readonly name: string
  /** Of the family, which may get more. */
  labelNames: readonly string[]
  private hasWarned = false

  constructor(host: RejectionHost, name: string, labelNames: readonly string[]) {
    this.host = host
    this.name = name
    this.labelNames = labelNames
  }

  /** A value. Where it is an object, labels were given to a metric that takes none. */
  value(given: unknown, reason: Rejection = 'value'): void {
    this.count(reason)
    if (reason !== 'value' || typeof given !== 'object' || given === null) return
    this.warn(given, `Declare labels, select a series with labels(${this.example}), then record a number.`)
  }

  /** Whether these are labels by name, where the family has labels: values without their names are counted. */
  areLabels(given: unknown): boolean {
    if (this.labelNames.length === 0 || (typeof given === 'object' && given !== null && !Array.isArray(given)))
      return true
    this.count('labels')
    this.warn(given, `Pass labels by name: labels(${this.example}).`)
    return false
  }

  /** The texts of label values, in declared order; those that are missing or have no text are counted. */
  textsOf(values: unknown): string[] {
    return labelTexts(givenValues(this.labelNames, values), (reason) => {
      this.count(reason)
      if (reason === 'missing_label') this.warn(values, `Pass all labels by name: labels(${this.example}).`)
    })
  }

  private count(reason: Rejection): void {
    this.host.countRejected(this.name, reason)
  }

  private get example(): string {
    const names = this.labelNames.length > 0 ? this.labelNames : ['method']
    return `{ ${names.map((name) => `${name}: …`).join(', ')} }`
  }

  private warn(given: unknown, expected: string): void {
    if (this.hasWarned) return
    this.hasWarned = true
    const { name } = this
    this.host.warn(new PlimsollError('PLIMSOLL_CALL_REJECTED', { name, given: show(given), expected }))
  }
}
