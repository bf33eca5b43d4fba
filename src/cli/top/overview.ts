import type { DistributionSeries, FamilySnapshot, PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import { statisticReader } from '../../snapshot/statistics.ts'
import { mergedSeries } from './merged-series.ts'

/** The families that a list of processes needs. */
export const overviewFamilies = {
  cpu: 'process.cpu.time',
  rss: 'process.memory.usage',
  heap: 'nodejs.memory.heap.used',
  heapLimit: 'nodejs.memory.heap.limit',
  utilization: 'nodejs.eventloop.utilization',
  loopDelay: 'nodejs.eventloop.delay',
  requests: 'http.server.requests',
  duration: 'http.server.request.duration',
  uncaught: 'nodejs.uncaught_exceptions',
} as const

/** What a page has of them. All are absent where the process is not observed. */
export interface Overview {
  readonly page: PageInfo
  readonly now: number
  /** Seconds of processor time. */
  readonly cpuSeconds: number | undefined
  readonly rss: number | undefined
  readonly heap: number | undefined
  readonly heapLimit: number | undefined
  readonly utilization: number | undefined
  /** Of the last minute, in seconds. */
  readonly loopP99: number | undefined
  readonly p50: number | undefined
  readonly p99: number | undefined
  readonly requestCount: number | undefined
  /** Responses of the class 5xx, and uncaught exceptions. */
  readonly errorCount: number | undefined
}

/** What the list needs of a page at the time `now`. */
export function overviewOf(snapshot: Snapshot, now: number): Overview {
  const families = new Map(snapshot.families.map((family) => [family.name, family]))
  const of = (name: keyof typeof overviewFamilies): FamilySnapshot | undefined => families.get(overviewFamilies[name])
  const duration = of('duration')
  const uncaught = sumOf(of('uncaught'))
  const failed = failedResponses(duration)
  return {
    page: snapshot.pages[0] as PageInfo,
    now,
    cpuSeconds: sumOf(of('cpu')),
    rss: sumOf(of('rss')),
    heap: sumOf(of('heap')),
    heapLimit: sumOf(of('heapLimit')),
    utilization: sumOf(of('utilization')),
    loopP99: quantileOf(of('loopDelay'), '1m.p99'),
    p50: quantileOf(duration, '1m.p50'),
    p99: quantileOf(duration, '1m.p99'),
    requestCount: sumOf(of('requests')) ?? countOf(duration),
    errorCount: uncaught === undefined && failed === undefined ? undefined : (uncaught ?? 0) + (failed ?? 0),
  }
}

function sumOf(family: FamilySnapshot | undefined): number | undefined {
  if (family?.kind !== 'counter' && family?.kind !== 'gauge') return undefined
  return family.series.length === 0 ? undefined : family.series.reduce((sum, { value }) => sum + value, 0)
}

function distributionsOf(family: FamilySnapshot | undefined): readonly DistributionSeries[] | undefined {
  return family?.kind === 'timer' || family?.kind === 'histogram' ? family.series : undefined
}

function countOf(family: FamilySnapshot | undefined): number | undefined {
  return distributionsOf(family)?.reduce((sum, { count }) => sum + count, 0)
}

function failedResponses(family: FamilySnapshot | undefined): number | undefined {
  const isFailure = ({ labels }: DistributionSeries): boolean => labels.http_response_status_class === '5xx'
  return distributionsOf(family)
    ?.filter(isFailure)
    .reduce((sum, { count }) => sum + count, 0)
}

function quantileOf(family: FamilySnapshot | undefined, statistic: string): number | undefined {
  const series = family && distributionsOf(family) && mergedSeries(family)
  const value = series && statisticReader(family, statistic)?.read(series)
  return typeof value === 'number' ? value : undefined
}
