import type { Frame, History } from './history.ts'

/** Columns that the list can be sorted by, in the order of the key `s`. */
export const sortNames = ['app', 'cpu', 'rss', 'loop', 'requests', 'p99', 'errors'] as const
export type SortName = (typeof sortNames)[number]

export type View = 'list' | 'process' | 'metric' | 'compare'

/** What somebody looks at. */
export interface TopState {
  /** Those that Escape leads back through; the last one is shown. */
  views: View[]
  isHelp: boolean
  /** The first line of the help that is shown; what is beyond its end is set right when it is drawn. */
  helpScroll: number
  /** What is being typed, and for what; `undefined` for nothing. */
  prompt: { readonly for: 'filter' | 'time'; text: string } | undefined
  filter: string
  sort: SortName
  isReversed: boolean
  folded: Set<string>
  /** Number of the frame that is shown instead of the newest one; by its time, as old frames go. */
  pausedAt: number | undefined
  /** The order of the lines while they must not move. */
  frozenOrder: readonly string[] | undefined
  /** The line that is chosen in each view. */
  selected: { list: string | undefined; process: string | undefined; compare: number }
  /** The process that is open, and the app that is compared. */
  page: string | undefined
  app: string | undefined
  isBars: boolean
  /** The first line that is shown, by view; set when it is drawn. */
  scroll: Record<View, number>
  /** Of processes, what their main thread was found to be doing. */
  stacks: Map<string, string>
  message: string | undefined
  /** Of a recording: whether it is played on. */
  isPlaying: boolean
}

export function newState(filter = '', sort: SortName = 'app'): TopState {
  return {
    views: ['list'],
    isHelp: false,
    helpScroll: 0,
    prompt: undefined,
    filter,
    sort,
    isReversed: false,
    folded: new Set(),
    pausedAt: undefined,
    frozenOrder: undefined,
    selected: { list: undefined, process: undefined, compare: 0 },
    page: undefined,
    app: undefined,
    isBars: false,
    scroll: { list: 0, process: 0, metric: 0, compare: 0 },
    stacks: new Map(),
    message: undefined,
    isPlaying: true,
  }
}

export function viewOf({ views }: TopState): View {
  return views.at(-1) ?? 'list'
}

/** The number of the frame that is shown; -1 where there is none. */
export function shownFrame({ pausedAt }: TopState, { frames }: History): number {
  if (pausedAt === undefined) return frames.length - 1
  const found = frames.findIndex((frame) => frame.time >= pausedAt)
  return found === -1 ? frames.length - 1 : found
}

/** Shows the frame `step` after the one that is shown. Past the newest one, frames are shown as they come again. */
export function lookBack(state: TopState, history: History, step: number): 'before' | 'after' | undefined {
  const at = shownFrame(state, history) + step
  const frame: Frame | undefined = history.frames[Math.max(0, at)]
  if (at >= history.frames.length) {
    state.pausedAt = undefined
    return 'after'
  }
  if (frame !== undefined) state.pausedAt = frame.time
  return at < 0 ? 'before' : undefined
}
