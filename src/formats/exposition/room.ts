import type { Labels } from '../../snapshot/snapshot.ts'
import type { LeftOut } from './options.ts'

/** How much text one family may become, in proportion to what it consists of. */
export interface Room {
  /**
   * Whether a series fits, of so many lines with `perLine` characters of name and labels in each and `once` more in all
   * together. One that does not fit is counted as left out.
   */
  has(used: number, perLine: number, lines: number, once?: number): boolean
  /** Reports what was left out. */
  end(): void
}

/** A family of up to so many characters is never measured. */
const freeCharacters = 2 ** 18
/** So long a line may be on average, whatever is in it. */
const perLineCharacters = 1024
/** So often each character of labels and states may be repeated. */
const maxRepeats = 16
/** V8 has no longer strings than twice this. */
export const maxTextLength: number = 2 ** 28

/**
 * Text repeats the name and the labels of a series in each line, and the name of a state in each series. A page of 1 MB can
 * thus become text of gigabytes, more than a string can be. What is beyond the room of a family is left out.
 */
export function roomOf(
  family: { readonly name: string; readonly series: readonly { readonly labels: Labels }[] },
  { fixed = {}, leaveOut }: { readonly fixed?: Labels | undefined; leaveOut(leftOut: LeftOut): void },
): Room {
  const { name, series } = family
  let room = 0
  let leftOut = 0
  return {
    has(used, perLine, lines, once = 0) {
      const needed = used + (perLine + minLine) * lines + once
      if (needed <= freeCharacters) return true
      if (room === 0) {
        const own = labelLength(series) + series.length * labelLength([{ labels: fixed }]) + name.length + once
        const most = freeCharacters + series.length * lines * perLineCharacters + maxRepeats * own
        room = Math.min(maxTextLength, most)
      }
      if (needed <= room) return true
      leftOut++
      return false
    },
    end() {
      if (leftOut === 0) return
      const reason = `${leftOut} of ${series.length} series would make the text too long`
      leaveOut({ name, series: leftOut, reason })
    },
  }
}

/** A value and what belongs to it. */
const minLine = 32

function labelLength(series: readonly { readonly labels: Labels }[]): number {
  let length = 0
  for (const { labels } of series) {
    for (const name in labels) length += name.length + (labels[name] as string).length
  }
  return length
}
