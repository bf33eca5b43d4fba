/** What the demo sees of the service: its pages, and nothing else. */
import { listPages } from 'plimsoll/page'
import { mergeSnapshots, quantiles } from 'plimsoll/snapshot'
import { OpenPages } from '#src/page/read/open-pages.ts'
import { diffSnapshots } from '#src/snapshot/diff.ts'

/** The row that stands for all routes together. */
export const everyRoute = 'all'
const liveStates = ['live', 'blocked']
const nothing = { takenAt: 0, snapshots: [], merged: mergeSnapshots([]) }

/** A watcher of the pages in a directory. */
export function watch(directory) {
  const open = new OpenPages()
  const begun = { ...nothing, takenAt: Date.now() / 1000 }
  let last = begun
  const read = () => {
    const { snapshots, failures } = open.read(listPages(directory))
    return { takenAt: Date.now() / 1000, snapshots, failures, merged: mergeSnapshots(snapshots) }
  }
  return {
    /** All pages as one snapshot, for the formats. */
    snapshot: () => read().merged,
    /** What is there now; rates and quantiles are of the time since the last look. */
    look() {
      const before = last
      last = read()
      return compare(last, before)
    },
    /** What is there now; rates and quantiles are of the whole time. */
    lookBack: () => compare(read(), begun),
    close: () => open.close(),
  }
}

function compare(now, before) {
  const seconds = Math.max(now.takenAt - before.takenAt, 1e-3)
  const grown = diffSnapshots(before.merged, now.merged)
  const rows = [...latencies(grown)].map(([route, series]) => ({
    route,
    ...spread(series),
    ...answers(now.merged, grown, seconds, route),
  }))
  // The primary has a page as well.
  const pages = now.snapshots.filter(({ pages }) => pages[0].worker !== undefined)
  const workers = pages.map((snapshot) => {
    const { file, pid, startedAt, state, heartbeatAge } = snapshot.pages[0]
    const own = before.snapshots.find(({ pages }) => pages[0].file === file) ?? nothing.merged
    const inFlight = sum(seriesOf(snapshot, 'http.in_flight'))
    const done = answers(snapshot, diffSnapshots(own, snapshot), seconds, everyRoute)
    return { pid, startedAt, state, heartbeatAge, inFlight, ...done }
  })
  return {
    rows: rows.sort(byRoute),
    total: sum(seriesOf(now.merged, 'http.requests')),
    live: workers.filter(({ state }) => liveStates.includes(state)).sort((a, b) => a.startedAt - b.startedAt),
    gone: workers.filter(({ state }) => !liveStates.includes(state)).sort((a, b) => b.startedAt - a.startedAt),
    failures: now.failures,
  }
}

/** How long answers took, by route and for all of them together. */
function latencies(snapshot) {
  const family = snapshot.families.find(({ name }) => name === 'http.latency')
  if (family === undefined) return new Map()
  const unlabelled = family.series.map((series) => ({
    ...snapshot,
    families: [{ ...family, labelNames: [], series: [{ ...series, labels: {} }] }],
  }))
  const all = seriesOf(mergeSnapshots(unlabelled), 'http.latency').map((series) => [everyRoute, series])
  return new Map([...family.series.map((series) => [series.labels.route, series]), ...all])
}

function spread(series) {
  const [p50, p99, most] = quantiles(series, [0.5, 0.99, 1]) ?? []
  return { p50, p99, most }
}

/** Answers of a route by status, and how many of them a second were in what has grown. */
function answers(snapshot, grown, seconds, route) {
  const statuses = new Map()
  for (const { labels, value } of ofRoute(snapshot, route)) {
    statuses.set(labels.status, (statuses.get(labels.status) ?? 0) + value)
  }
  return { total: sum(ofRoute(snapshot, route)), rate: sum(ofRoute(grown, route)) / seconds, statuses }
}

function ofRoute(snapshot, route) {
  return seriesOf(snapshot, 'http.requests').filter(({ labels }) => route === everyRoute || labels.route === route)
}

function byRoute(a, b) {
  if (a.route === everyRoute || b.route === everyRoute) return a.route === everyRoute ? 1 : -1
  return a.route < b.route ? -1 : 1
}

function sum(series) {
  return series.reduce((total, { value }) => total + value, 0)
}

function seriesOf(snapshot, name) {
  return snapshot.families.find((family) => family.name === name)?.series ?? []
}
