import { printable, printedWidth } from '../../formats/table/printable.ts'
import { knownUnit } from '../../units.ts'
import { type FieldValue, humanValue } from '../select/field-value.ts'

/** A value of a line, as `fieldValue` returns it. */
export type Shown = FieldValue | string | undefined

const widestText = 24
/** A text and a head may be cut; a number is whole. */
const narrowest = 9

/**
 * The widths of columns that go on: as wide as the widest number so far, and as the usual ones of its unit, so that they seldom
 * change; as wide as the head where there is room. They never become narrower.
 */
export class PollWidths {
  readonly #heads: readonly number[]
  readonly #needed: number[]
  readonly #hasText: boolean[]

  constructor(heads: readonly string[]) {
    this.#heads = heads.map((head) => printedWidth(printable(head)))
    this.#needed = heads.map(() => 1)
    this.#hasText = heads.map(() => false)
  }

  /** The widths once these lines are shown as well, in so much room; wider in all only where the numbers are. */
  fit(rows: readonly (readonly Shown[])[], room: number): number[] {
    for (const row of rows) for (const [i, shown] of row.entries()) this.#add(i, shown)
    const wanted = this.#needed.map((needed, i) => {
      return Math.max(needed, this.#heads[i] ?? 0, this.#hasText[i] === true ? widestText : 0)
    })
    const readable = this.#needed.map((needed, i) => Math.max(needed, Math.min(narrowest, this.#heads[i] ?? 0)))
    return shared(shared(this.#needed, readable, room), wanted, room)
  }

  #add(i: number, shown: Shown): void {
    const isText = typeof shown === 'string'
    if (isText) this.#hasText[i] = true
    const width = isText ? narrowest : Math.max(printedWidth(humanValue(shown)), usualWidth(shown))
    this.#needed[i] = Math.max(this.#needed[i] ?? 0, width)
  }
}

/** What numbers of a unit take where they are not large: `59.9 min`, `1023 KiB`, `0.123`. */
function usualWidth(shown: FieldValue | undefined): number {
  if (shown === undefined) return 0
  if (shown.isBool) return 'false'.length
  const { dimension, factor } = knownUnit(shown.unit) ?? { dimension: 'other', factor: 1 }
  const samples = { time: 59.9 * 60, bytes: 1023 * 1024, other: 0.123 }
  return printedWidth(humanValue({ ...shown, value: samples[dimension] / factor, isGauge: false }))
}

/** What is left of the room goes to those that want more, as evenly as that goes. */
function shared(needed: readonly number[], wanted: readonly number[], room: number): number[] {
  const widths = [...needed]
  let left = room - widths.reduce((sum, width) => sum + width, 0)
  while (left > 0) {
    const narrow = widths.flatMap((width, i) => (width < (wanted[i] ?? 0) ? [i] : []))
    if (narrow.length === 0) break
    const least = narrow.reduce((best, i) => ((widths[i] ?? 0) < (widths[best] ?? 0) ? i : best))
    widths[least] = (widths[least] ?? 0) + 1
    left--
  }
  return widths
}
