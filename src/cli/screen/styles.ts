/** How text looks, by what it is for; what that means on a terminal depends on its colours. */
export type Style =
  | 'plain'
  | 'bold'
  | 'dim'
  | 'head'
  | 'good'
  | 'warning'
  | 'alarm'
  | 'accent'
  | 'selected'
  | 'selectedAlarm'
  | 'paused'
  | SeriesStyle

/** The lines of a chart, at most so many beside each other. */
export type SeriesStyle = (typeof seriesStyles)[number]

/** In the order in which they are given to the lines of a chart. */
export const seriesStyles = ['series1', 'series2', 'series3', 'series4', 'series5', 'series6'] as const

/** Bits of colour: 1 for none, 4 for 16 colours, 8 for 256, 24 for all. */
export type ColorDepth = 1 | 4 | 8 | 24

type Codes = Readonly<Record<Style, string>>

/** Bold, dim and inverse only: nothing is told by a colour alone. */
const none: Codes = {
  plain: '0',
  bold: '0;1',
  dim: '0;2',
  head: '0;2',
  good: '0',
  warning: '0;1',
  alarm: '0;1',
  accent: '0;1',
  selected: '0;7',
  selectedAlarm: '0;1;7',
  paused: '0;1;7',
  series1: '0',
  series2: '0',
  series3: '0',
  series4: '0',
  series5: '0',
  series6: '0',
}

const sixteen: Codes = {
  ...none,
  good: '0;32',
  warning: '0;33',
  alarm: '0;1;31',
  accent: '0;36',
  selectedAlarm: '0;1;31;7',
  paused: '0;30;43',
  series1: '0;34',
  series2: '0;31',
  series3: '0;32',
  series4: '0;35',
  series5: '0;33',
  series6: '0;36',
}

/** At least 3:1 against black and against white, where the background is not set as well. */
const many: Codes = {
  ...sixteen,
  good: '0;38;5;35',
  warning: '0;38;5;172',
  alarm: '0;1;38;5;203',
  accent: '0;38;5;38',
  selected: '0;38;5;231;48;5;24',
  selectedAlarm: '0;1;38;5;217;48;5;24',
  paused: '0;1;38;5;16;48;5;214',
  series1: '0;38;5;69',
  series2: '0;38;5;204',
  series3: '0;38;5;35',
  series4: '0;38;5;170',
  series5: '0;38;5;172',
  series6: '0;38;5;38',
}

/** The first six colours are those of the dashboard: told apart also by people who do not see all colours. */
const all: Codes = {
  ...many,
  series1: '0;38;2;66;105;208',
  series2: '0;38;2;238;102;119',
  series3: '0;38;2;34;136;51',
  series4: '0;38;2;170;51;119',
  series5: '0;38;2;176;122;161',
  series6: '0;38;2;87;148;242',
}

/** The codes of an escape sequence that begins a style, and ends the one before. */
export function codesOf(depth: ColorDepth): Codes {
  return depth === 1 ? none : depth === 4 ? sixteen : depth === 8 ? many : all
}
