import { PlimsollError } from '../../errors.ts'
import { type Level, levelOf, worstLevel } from '../../findings/levels.ts'
import { countStates, isAlive } from '../../snapshot/page-state.ts'
import type { Selector } from '../../snapshot/selector-type.ts'
import { filterSelectors } from '../select/filter-selectors.ts'
import type { Frame } from './history.ts'
import type { ProcessRow } from './process-row.ts'
import type { SortName, TopState } from './state.ts'

/** A line of the list: a process, or an app whose processes are folded into one. */
export type ListRow = ProcessRow & {
  readonly folded?: { readonly app: string; readonly states: string; readonly level: Level }
}

const sorts: Readonly<Record<Exclude<SortName, 'app'>, (row: ProcessRow) => number | undefined>> = {
  cpu: ({ cpu }) => cpu,
  rss: ({ rss }) => rss,
  loop: ({ loopP99 }) => loopP99,
  requests: ({ requests }) => requests,
  p99: ({ p99 }) => p99,
  errors: ({ errors }) => errors,
}

/** The lines of the list as the state has them chosen, folded and in order. */
export function listRows(frame: Frame | undefined, state: TopState, fits: (row: ProcessRow) => boolean): ListRow[] {
  const rows = foldRows((frame?.rows ?? []).filter(fits), state.folded)
  const { sort, isReversed, frozenOrder } = state
  const sorted = sort === 'app' ? rows : rows.toSorted((a, b) => (sorts[sort](b) ?? -1) - (sorts[sort](a) ?? -1))
  if (isReversed) sorted.reverse()
  if (frozenOrder === undefined) return sorted
  const places = new Map(frozenOrder.map((key, i) => [key, i]))
  return sorted.toSorted((a, b) => (places.get(a.key) ?? Infinity) - (places.get(b.key) ?? Infinity) || 0)
}

function foldRows(rows: readonly ProcessRow[], folded: ReadonlySet<string>): ListRow[] {
  const shown: ListRow[] = []
  const done = new Set<string>()
  for (const row of rows) {
    const { app } = row.page
    if (!folded.has(app)) shown.push(row)
    else if (!done.has(app)) {
      done.add(app)
      shown.push(
        foldedRow(
          app,
          rows.filter(({ page }) => page.app === app),
        ),
      )
    }
  }
  return shown
}

/** What adds up is added up; of all else the worst. */
function foldedRow(app: string, rows: readonly ProcessRow[]): ListRow {
  const known = (value: (row: ProcessRow) => number | undefined): number[] =>
    rows.map(value).filter((each) => each !== undefined)
  const sum = (value: (row: ProcessRow) => number | undefined): number | undefined =>
    known(value).reduce<number | undefined>((total, each) => (total ?? 0) + each, undefined)
  const max = (value: (row: ProcessRow) => number | undefined): number | undefined =>
    known(value).reduce<number | undefined>((most, each) => Math.max(most ?? each, each), undefined)
  const oldest = rows.find(({ page }) => isAlive(page)) ?? (rows[0] as ProcessRow)
  return {
    key: `app ${app}`,
    page: { ...oldest.page, pid: 0, tid: 0 },
    findings: rows.flatMap(({ findings }) => findings),
    folded: {
      app,
      states: countStates(rows.map(({ page }) => page)),
      level: worstLevel(rows.map(({ page, findings }) => levelOf(page, findings))),
    },
    cpu: sum(({ cpu }) => cpu),
    rss: sum(({ rss }) => rss),
    heap: sum(({ heap }) => heap),
    heapLimit: sum(({ heapLimit }) => heapLimit),
    utilization: max(({ utilization }) => utilization),
    loopP99: max(({ loopP99 }) => loopP99),
    requests: sum(({ requests }) => requests),
    p50: max(({ p50 }) => p50),
    p99: max(({ p99 }) => p99),
    errors: sum(({ errors }) => errors),
  }
}

/** What is typed as a filter: a part of the app or pid, else a selector, or why it is none. */
export function readFilter(text: string): { readonly selectors: readonly Selector[] } | { readonly error: string } {
  try {
    return { selectors: filterSelectors(text, 'plimsoll top', 'filter') }
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    return { error: error.message }
  }
}

/** Whether a text is part of what a process is called. */
export function isCalled({ page }: ProcessRow, text: string): boolean {
  const { app, pid, tid, worker, state } = page
  const wanted = text.trim().toLowerCase()
  const names = [app, `${pid}`, `${pid}/${tid}`, state, ...(worker === undefined ? [] : [`worker ${worker}`])]
  return names.some((name) => name.toLowerCase().includes(wanted))
}
