import { workerLabels } from './merge/by-worker.ts'
import { type HostNaming, namingOf } from './merge/hosts.ts'
import { isAlive } from './page-state.ts'
import type { FamilySnapshot, GaugeFamilySnapshot, PageInfo, PageState, Snapshot } from './snapshot.ts'

const countedStates: readonly PageState[] = ['live', 'blocked', 'exited', 'killed']

/**
 * A snapshot with metrics about its processes, to alert on: `plimsoll.processes` by `state`, threads that publish counted each;
 * `plimsoll.heartbeat.age` by worker, in seconds; and where `unreadablePages` is given, that number as
 * `plimsoll.unreadable.pages`: `withProcesses(app.read(), app.failures.length, app.ended)` of a fleet. `ended` are processes
 * whose pages are archived: without them a killed process would be counted for only a few seconds.
 */
export function withProcesses(
  snapshot: Snapshot,
  unreadablePages?: number,
  ended: readonly Pick<PageInfo, 'state'>[] = [],
): Snapshot {
  const families = [...processFamilies(snapshot.pages, ended)]
  if (unreadablePages !== undefined) families.push(unreadableFamily(unreadablePages))
  return withFamilies(snapshot, families)
}

/** A snapshot with further families, in the place of those of the same names. */
export function withFamilies(snapshot: Snapshot, added: readonly FamilySnapshot[]): Snapshot {
  const names = new Set(added.map(({ name }) => name))
  const families = [...snapshot.families.filter(({ name }) => !names.has(name)), ...added]
  return { ...snapshot, families: families.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)) }
}

function processFamilies(
  pages: readonly PageInfo[],
  ended: readonly Pick<PageInfo, 'state'>[],
): readonly GaugeFamilySnapshot[] {
  const naming = namingOf(pages)
  const living = oldestBeats(pages, naming)
  const counted = [...living.values(), ...pages.filter((page) => !isAlive(page)), ...ended]
  return [
    {
      ...gauge('plimsoll.heartbeat.age', 's', 'Time since the event loop of a worker last ran'),
      aggregation: 'max',
      labelNames: ['worker', 'pid', 'tid', ...(naming ? ['host'] : [])],
      series: [...living.values()].flatMap((page) =>
        page.heartbeatAge === null ? [] : [{ labels: workerLabels(page, naming), value: page.heartbeatAge }],
      ),
    },
    {
      ...gauge('plimsoll.processes', '', 'Processes, and threads that publish, by state'),
      labelNames: ['state'],
      series: countedStates.map((state) => ({
        labels: { state },
        value: counted.filter((page) => page.state === state).length,
      })),
    },
  ]
}

/**
 * One page for each worker that lives, the one with the oldest heartbeat: a thread has a page for each registry that it
 * publishes.
 */
function oldestBeats(pages: readonly PageInfo[], naming: HostNaming | undefined): ReadonlyMap<string, PageInfo> {
  const oldest = new Map<string, PageInfo>()
  for (const page of pages.filter(isAlive)) {
    const key = JSON.stringify(workerLabels(page, naming))
    if ((oldest.get(key)?.heartbeatAge ?? -1) < (page.heartbeatAge ?? 0)) oldest.set(key, page)
  }
  return oldest
}

/** How many pages could not be read. */
export function unreadableFamily(value: number): GaugeFamilySnapshot {
  return {
    ...gauge('plimsoll.unreadable.pages', '', 'Pages that could not be read'),
    series: [{ labels: {}, value }],
  }
}

function gauge(name: string, unit: string, help: string): GaugeFamilySnapshot {
  return { kind: 'gauge', name, unit, help, labelNames: [], aggregation: 'sum', series: [] }
}
