/** What is looked at: all of it stands in the address, so that it can be sent to somebody. */
export interface ViewState {
  readonly app: string | undefined
  /** Process and thread: `4711` or `4711/2`. */
  readonly process: string | undefined
  /** Seconds that charts reach back. */
  readonly range: number
  /** Metrics at the top, in the order in which they were arranged. */
  readonly pins: readonly string[]
  /** What charts show, by metric, where that is not what they show by themselves. */
  readonly views: Readonly<Record<string, string>>
  /** A window of time in which changes are listed, in Unix seconds. */
  readonly window: readonly [number, number] | undefined
}

export const ranges: readonly (readonly [seconds: number, label: string])[] = [
  [60, '1 min'],
  [300, '5 min'],
  [900, '15 min'],
  [3600, '1 h'],
]
const usualRange = 300
const leastRange = 60
const maxPins = 50

/**
 * Where charts begin: while the server has kept less than is asked for, with the first of it, so that most of a chart is not
 * empty; all in Unix seconds.
 */
export function beginOf(range: number, since: number, now: number): number {
  return Math.max(now - range, Math.min(since, now - leastRange))
}

export function parseState(search: string): ViewState {
  const query = new URLSearchParams(search)
  const range = Number(query.get('range'))
  const [from, to] = (query.get('window') ?? '').split('-').map(Number)
  const isWindow = from !== undefined && to !== undefined && from > 0 && to > from
  const views = query.getAll('view').map((text): [string, string] => {
    const at = text.lastIndexOf(':')
    return [text.slice(0, at), text.slice(at + 1)]
  })
  return {
    app: query.get('app') ?? undefined,
    process: query.get('process') ?? undefined,
    range: ranges.some(([seconds]) => seconds === range) ? range : usualRange,
    pins: [...new Set(query.getAll('pin'))].slice(0, maxPins),
    views: Object.fromEntries(views.filter(([metric]) => metric !== '')),
    window: isWindow ? [from, to] : undefined,
  }
}

export function formatState({ app, process, range, pins, views, window }: ViewState): string {
  const query = new URLSearchParams()
  if (app !== undefined) query.set('app', app)
  if (process !== undefined) query.set('process', process)
  if (range !== usualRange) query.set('range', String(range))
  for (const pin of pins) query.append('pin', pin)
  for (const [metric, view] of Object.entries(views)) query.append('view', `${metric}:${view}`)
  if (window !== undefined) query.set('window', window.map(Math.round).join('-'))
  const text = query.toString()
  return text === '' ? '/' : `/?${text}`
}
