/** Colours of lines: told apart by people who see colours differently too, and at least 3:1 on white, 4.5:1 on dark. */
const light = ['#4269d0', '#ee6677', '#228833', '#aa3377', '#b07aa1', '#5794f2'] as const
const dark = ['#97bbf5', '#f0e442', '#ee3377', '#66a61e', '#a463f2', '#bab0ac'] as const

/** The second cue beside the colour. After six lines, colours come again with other dashes. */
const dashes: readonly (readonly number[])[] = [[], [7, 3], [2, 2], [9, 3, 2, 3]]

/** Viridis: from few to many on a dark ground, and the other way round on a light one. */
const viridis = ['#440154', '#414487', '#2a788e', '#22a884', '#7ad151', '#fde725'] as const

export interface Stroke {
  readonly color: string
  readonly dash: readonly number[]
}

export function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme
  return chosen === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark'
}

/** How a line is drawn, by its place; neighbours differ in colour and in dashes. */
export function strokeOf(place: number): Stroke {
  const colors = isDark() ? dark : light
  const round = Math.floor(place / colors.length)
  return {
    color: colors[place % colors.length] as string,
    dash: dashes[((place % colors.length) % 2 === 0 ? round * 2 : round * 2 + 1) % dashes.length] as readonly number[],
  }
}

/** The place of a line in the classes of the style sheet. */
export function strokeClass(place: number): string {
  const dash = dashes.indexOf(strokeOf(place).dash)
  return `c${place % light.length} d${dash}`
}

/** The colour for a share of the most, 0 to 1. */
export function heatColor(share: number): string {
  const stops = isDark() ? viridis : viridis.toReversed()
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1)
  const below = Math.min(stops.length - 2, Math.floor(at))
  const mixed = [1, 3, 5].map((from) => {
    const [a, b] = [stops[below], stops[below + 1]].map((stop) =>
      Number.parseInt((stop as string).slice(from, from + 2), 16),
    )
    return Math.round((a as number) + ((b as number) - (a as number)) * (at - below))
  })
  return `rgb(${mixed.join()})`
}

const known = new Map<string, string>()

/** A colour of the style sheet as canvases take it, which do not know those that depend on the theme. */
export function cssColor(name: string): string {
  const key = `${name} ${isDark()}`
  let color = known.get(key)
  if (color === undefined) {
    const { style } = document.body
    const before = style.outlineColor
    style.outlineColor = `var(--${name})`
    color = getComputedStyle(document.body).outlineColor
    style.outlineColor = before
    known.set(key, color)
  }
  return color
}
