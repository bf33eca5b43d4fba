import type { CatalogFamily, CatalogSeries, CatalogTrack, ProcessRow } from './protocol.ts'

/** A line of a chart: one track, or several of which the numbers are added up. */
export interface Line {
  readonly label: string
  readonly tracks: readonly number[]
  /** The process that it is of, where each line is one. */
  readonly process?: number
}

/** One way to look at a metric. */
export interface View {
  readonly id: string
  readonly label: string
  readonly unit: string
  readonly perSecond: boolean
  readonly lines: readonly Line[]
  /** Series that are not among the lines. */
  readonly more: number
  /** Numbers of the heat maps; present only for the view of a heat map. */
  readonly heats?: readonly number[]
}

/** A metric as it is shown: as a chart with one or more views. */
export interface Panel {
  readonly metric: string
  readonly kind: string
  readonly help: string
  readonly views: readonly View[]
  /** The value that all its lines have and have always had; absent where that is not so. */
  readonly flat?: number
  /** Whether its quantiles are interpolated between declared buckets. */
  readonly isInterpolated: boolean
}

/** A text, state or constant, of each process. */
export interface Fact {
  readonly metric: string
  readonly labels: string
  readonly text: string
  readonly process: number
}

export interface Section {
  readonly title: string
  readonly panels: readonly Panel[]
}

const maxLines = 12

/** The sections by the names of metrics; the first one that fits. Metrics of the app have sections of their own. */
const sections: readonly (readonly [title: string, names: RegExp])[] = [
  ['HTTP', /^http\./],
  ['Event loop', /^nodejs\.eventloop\./],
  ['Process', /^(process|container)\./],
  ['Memory', /^(nodejs|v8js)\.memory\./],
  ['Garbage collection', /^v8js\.gc\./],
  ['Node.js', /^(nodejs|v8js)\./],
  ['plimsoll', /^plimsoll\./],
]
const ownAfter = 1

/** What someone wants to see first, in this order. */
const vital: readonly string[] = [
  'process.cpu.time',
  'nodejs.eventloop.delay',
  'http.server.request.duration',
  'nodejs.eventloop.utilization',
  'process.memory.usage',
  'nodejs.memory.heap.used',
]
/** Numbers that never change in a process, or say nothing over time. */
const dull = /^(process\.(start_time|uptime)|.*\.limit|nodejs\.inspector\.signal)$/

/** Panels of the shown processes, by section. `order` is that of the processes. */
export function sectionsOf(families: readonly CatalogFamily[], order: readonly ProcessRow[]): Section[] {
  const byName = new Map<string, CatalogFamily[]>()
  const place = new Map(order.map(({ id }, i) => [id, i]))
  for (const family of families) {
    if (!place.has(family.process) || dull.test(family.name)) continue
    byName.set(family.name, [...(byName.get(family.name) ?? []), family])
  }
  const found = new Map<string, Panel[]>()
  const names = [...byName.keys()].sort()
  for (const metric of names) {
    const all = (byName.get(metric) ?? []).sort((a, b) => (place.get(a.process) ?? 0) - (place.get(b.process) ?? 0))
    const panel = panelOf(all, order)
    if (panel === undefined) continue
    const title = vital.includes(metric) ? 'Vital signs' : titleOf(metric)
    found.set(title, [...(found.get(title) ?? []), panel])
  }
  found.get('Vital signs')?.sort((a, b) => vital.indexOf(a.metric) - vital.indexOf(b.metric))
  const known = sections.map(([title]) => title)
  const own = [...found.keys()].filter((title) => title !== 'Vital signs' && !known.includes(title)).sort()
  const titles = ['Vital signs', ...known.slice(0, ownAfter), ...own, ...known.slice(ownAfter)]
  return titles.flatMap((title) => {
    const panels = found.get(title)
    return panels === undefined ? [] : [{ title, panels }]
  })
}

function titleOf(metric: string): string {
  return sections.find(([, names]) => names.test(metric))?.[0] ?? (metric.split('.', 1)[0] as string)
}

/** What has no numbers over time: infos, texts and states. */
export function factsOf(families: readonly CatalogFamily[], shown: ReadonlySet<number>): Fact[] {
  return families.flatMap(({ name, kind, process, series }) => {
    if (!shown.has(process)) return []
    return series.flatMap(({ labels = {}, text }): Fact[] => {
      if (kind === 'info')
        return Object.entries(labels).map(([label, value]) => ({ metric: name, labels: label, text: value, process }))
      return text === undefined ? [] : [{ metric: name, labels: labelText(labels), text, process }]
    })
  })
}

/** Labels as lines of one legend have them: what all have alike tells none from another, and is left out. */
function lineTexts(all: readonly Readonly<Record<string, string>>[]): string[] {
  const [first = {}, ...others] = all
  const alike = Object.keys(first).filter((label) => others.every((one) => one[label] === first[label]))
  if (others.length === 0) return all.map(labelText)
  const own = (one: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(one).filter(([label]) => !alike.includes(label)))
  return all.map((one) => labelText(own(one)) || labelText(one))
}

/** Labels as a line of a legend has them. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  const values = Object.entries(labels).filter(([, value]) => value !== '')
  return values.length === 1 && values[0] !== undefined
    ? values[0][1]
    : values.map(([label, value]) => `${label}=${value}`).join(' ')
}

/** What a process is called in an address: its pid, and the number of a thread. */
export function addressOf({ pid, tid }: Pick<ProcessRow, 'pid' | 'tid'>): string {
  return `${pid}${tid === 0 ? '' : `/${tid}`}`
}

/** What a process is called in a legend of its app. */
export function processName(row: Pick<ProcessRow, 'pid' | 'tid' | 'worker'>): string {
  return `${addressOf(row)}${row.worker === undefined ? '' : ` #${row.worker}`}`
}

function panelOf(all: readonly CatalogFamily[], order: readonly ProcessRow[]): Panel | undefined {
  const [first] = all
  if (first === undefined) return undefined
  const { name: metric, kind, help } = first
  const alike = all.filter((one) => one.kind === kind && one.unit === first.unit)
  const views = order.length > 1 ? comparisonViews(alike, order) : singleViews(first)
  if (views.length === 0) return undefined
  const flat = flatValue(alike)
  const isInterpolated = all.some((one) => one.isInterpolated === true)
  return { metric, kind, help, views, isInterpolated, ...(flat !== undefined && { flat }) }
}

function flatValue(all: readonly CatalogFamily[]): number | undefined {
  const tracks = all.flatMap(({ series }) =>
    series.flatMap((one) => one.tracks.filter(({ statistic, isNew }) => !statistic.startsWith('p') && isNew !== true)),
  )
  const [first] = tracks
  return tracks.every(({ flat }) => flat !== undefined && flat === first?.flat) ? first?.flat : undefined
}

/** Each process is a line, of its sum over all labels if that says anything; and each set of labels is one, of the sum over all processes. */
function comparisonViews(all: readonly CatalogFamily[], order: readonly ProcessRow[]): View[] {
  const names = new Map(order.map((row) => [row.id, processName(row)]))
  if (all.some(({ isAllTime }) => isAllTime)) return viewsByLabels(all, names)
  const heads = all.flatMap(({ process, series: [head] }) => (head === undefined ? [] : [{ process, head }]))
  const views = statisticsOf(heads.map(({ head }) => head)).map(({ statistic, unit, perSecond }): View => {
    const lines = heads.flatMap(({ process, head }): Line[] => {
      const track = head.tracks.find((one) => one.statistic === statistic)
      return track === undefined ? [] : [{ label: names.get(process) ?? '', tracks: [track.id], process }]
    })
    return { id: statistic, label: statistic, unit, perSecond, lines, more: 0 }
  })
  const byLabels = sumsByLabels(all)
  return [
    ...preferred(views),
    ...(byLabels === undefined ? [] : [byLabels]),
    ...heatView(heads.map(({ head }) => head)),
  ]
}

/** A view for each set of labels, in which each process is a line. */
function viewsByLabels(all: readonly CatalogFamily[], names: ReadonlyMap<number, string>): View[] {
  const views = new Map<string, View & { readonly lines: Line[] }>()
  for (const { process, series } of all) {
    for (const { labels, tracks } of series) {
      const rate = tracks.find(({ statistic }) => statistic === 'rate')
      if (labels === undefined || rate === undefined) continue
      const { unit, perSecond } = rate
      const label = labelText(labels)
      const view = views.get(label) ?? { id: label, label, unit, perSecond, lines: [], more: 0 }
      view.lines.push({ label: names.get(process) ?? '', tracks: [rate.id], process })
      views.set(label, view)
    }
  }
  return [...views.values()].slice(0, maxLines)
}

/** Only of what can be added up: counts. */
function sumsByLabels(all: readonly CatalogFamily[]): View | undefined {
  const sums = new Map<string, { readonly labels: Readonly<Record<string, string>>; readonly tracks: number[] }>()
  let sample: CatalogTrack | undefined
  for (const { series } of all) {
    for (const { labels, tracks } of series) {
      const rate = tracks.find(({ statistic }) => statistic === 'rate')
      if (labels === undefined || Object.keys(labels).length === 0 || rate === undefined) continue
      sample = rate
      const key = JSON.stringify(labels)
      const sum = sums.get(key) ?? { labels, tracks: [] }
      sum.tracks.push(rate.id)
      sums.set(key, sum)
    }
  }
  if (sample === undefined) return undefined
  const shown = [...sums.values()].slice(0, maxLines)
  const texts = lineTexts(shown.map(({ labels }) => labels))
  const lines = shown.map(({ tracks }, i) => ({ label: texts[i] ?? '', tracks }))
  const { unit, perSecond } = sample
  return { id: 'labels', label: 'labels', unit, perSecond, lines, more: sums.size - lines.length }
}

function singleViews({ series }: CatalogFamily): View[] {
  const [head] = series
  if (head === undefined) return []
  const isLabelled = head.labels === undefined
  const shown = isLabelled ? series.slice(1) : series
  const texts = lineTexts(shown.map(({ labels = {} }) => labels))
  const quantiles = head.tracks.filter(({ statistic }) => statistic.startsWith('p'))
  const views = statisticsOf(series)
    .filter(({ statistic }) => quantiles.length === 0 || !isLabelled || statistic === 'p99' || statistic === 'rate')
    .filter(({ statistic }) => quantiles.length === 0 || isLabelled || statistic === 'rate')
    .map(({ statistic, unit, perSecond }): View => {
      const lines = shown.slice(0, maxLines).flatMap(({ tracks }, i): Line[] => {
        const track = tracks.find((one) => one.statistic === statistic)
        return track === undefined ? [] : [{ label: texts[i] || statistic, tracks: [track.id] }]
      })
      return { id: statistic, label: statistic, unit, perSecond, lines, more: Math.max(0, shown.length - maxLines) }
    })
  if (quantiles.length === 0) return views
  const [{ unit, perSecond } = { unit: '', perSecond: false }] = quantiles
  const lines = quantiles.map(({ statistic, id }) => ({ label: statistic, tracks: [id] })).reverse()
  const over: View = { id: 'quantiles', label: 'quantiles', unit, perSecond, lines, more: 0 }
  return [over, ...views, ...heatView([head])]
}

function heatView(heads: readonly CatalogSeries[]): View[] {
  const heats = heads.flatMap(({ heat }) => heat ?? [])
  const track = heads[0]?.tracks[0]
  if (heats.length === 0 || track === undefined) return []
  return [{ id: 'heat', label: 'heat', unit: track.unit, perSecond: false, lines: [], more: 0, heats }]
}

/** The statistics that any of the series has. */
function statisticsOf(series: readonly CatalogSeries[]): CatalogTrack[] {
  const found = new Map<string, CatalogTrack>()
  for (const { tracks } of series)
    for (const track of tracks) if (!found.has(track.statistic)) found.set(track.statistic, track)
  return [...found.values()]
}

/** The slowest requests first: that is where workers differ. */
function preferred(views: readonly View[]): View[] {
  const rank = ({ id }: View): number => ['p99', 'p50', 'rate', 'p90'].indexOf(id)
  return views.filter(({ id }) => id !== 'p90').sort((a, b) => rank(a) - rank(b))
}
