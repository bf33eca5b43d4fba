import { Registry } from 'plimsoll'
import { type Contender, measureCalls } from './calls.ts'
import { publishHere } from './published.ts'
import { type Bar, effort, type Measurement, mustEqual, quantile, tell } from './result.ts'

const sizes = [10, 1000, 100_000].map((size) => Math.max(10, size / effort.divisor))
const labels = ['route', 'status'] as const
const name = (what: string, size: number): string => `${what}, ${size.toLocaleString('en')} series`
const [fewest = 10] = sizes
const most = sizes.at(-1) ?? fewest

const registries = new Map(sizes.map((size) => [size, filled(size)]))
tell(
  await measureCalls({
    title: 'Cost of a call as series grow',
    note:
      'The same ten series are counted while their family has that many. A hundred thousand series looked up in turn ' +
      'would cost more, in any map: they do not fit the caches of the processor.',
    reference: name('bound counter', fewest),
    bars: ['bound counter', 'counter by labels'].map((what) => ({
      contender: name(what, most),
      text: `within 1.25 x ${fewest} series`,
      most: 1.25,
      times: name(what, fewest),
    })),
    contenders: [...sizes.map(bound), ...sizes.map(byLabels)],
  }),
  await snapshots(),
)

interface Filled {
  readonly registry: Registry
  readonly routes: readonly string[]
}

/** A published registry with `size` series: ten statuses to a route. */
function filled(size: number): Filled {
  const registry = new Registry()
  publishHere(registry)
  const family = registry.counter('requests', { labels, maxSeries: size })
  const routes = Array.from({ length: size / 10 }, (_, i) => `/route/${i}`)
  for (const route of routes) for (let s = 0; s < 10; s++) family.labels({ route, status: `${200 + s}` })
  mustEqual('series', family.seriesCount, size)
  return { registry, routes }
}

function bound(size: number): Contender {
  const { registry, routes } = registries.get(size) as Filled
  const family = registry.counter('requests', { labels })
  const metrics = Array.from({ length: 10 }, (_, s) =>
    family.labels({ route: routes[0] as string, status: `${200 + s}` }),
  )
  return subjects(name('bound counter', size), metrics, (i) => metrics[i % 10]?.inc())
}

function byLabels(size: number): Contender {
  const { registry, routes } = registries.get(size) as Filled
  const family = registry.counter('requests', { labels })
  const route = routes[Math.floor(routes.length / 2)] as string
  const statuses = Array.from({ length: 10 }, (_, s) => `${200 + s}`)
  const metrics = statuses.map((status) => family.labels({ route, status }))
  return subjects(name('counter by labels', size), metrics, (i) =>
    family.labels({ route, status: statuses[i % 10] as string }).inc(),
  )
}

/** All subjects of a size count in the same series, so the check is that together they have what was counted. */
function subjects(contender: string, metrics: readonly { value: number }[], call: (i: number) => void): Contender {
  const sum = (): number => metrics.reduce((all, { value }) => all + value, 0)
  const make: Contender['make'] = () => {
    let counted = 0
    const before = sum()
    const verify = (): void => {
      if (!(sum() - before >= counted)) throw new Error(`${contender}: counts were lost`)
    }
    return {
      call: (i) => {
        counted++
        call(i)
      },
      verify,
    }
  }
  return { name: contender, make }
}

/** Time of a snapshot, divided by the number of series. */
async function snapshots(): Promise<Measurement> {
  const snapshotSizes = [1000, 10_000, 100_000, 200_000].map((size) => Math.max(10, size / effort.divisor))
  const figures: Record<string, number> = {}
  for (const size of snapshotSizes) {
    const { registry } = registries.get(size) ?? filled(size)
    figures[name('snapshot', size)] = await timeASeries(size, () => registry.read().families.at(-1)?.series)
  }
  const [tiny = 10, small = tiny, large = small, largest = large] = snapshotSizes
  const bar = (size: number, than: number): Bar => ({
    contender: name('snapshot', size),
    text: `linear: within 1.5 x ${than.toLocaleString('en')} series`,
    most: 1.5,
    times: name('snapshot', than),
  })
  const note =
    'Time of registry.read() over counters with two labels, divided by the number of series. There is one step: from ' +
    "some ten thousand series on a snapshot outgrows the young generation of V8's heap, and the collector copies it " +
    'while it is made. Below and above that step the cost of a series stays the same.'
  const bars = [bar(small, tiny), bar(largest, large)]
  return { title: 'Cost of a snapshot, a series', unit: 'ns', note, reference: name('snapshot', tiny), bars, figures }
}

async function timeASeries(size: number, make: () => readonly unknown[] | undefined): Promise<number> {
  const warmUps = effort.turns
  const times: number[] = []
  for (let turn = 0; turn < warmUps + effort.turns; turn++) {
    const begun = performance.now()
    const made = make()
    times.push(((performance.now() - begun) * 1e6) / size)
    mustEqual('series', made?.length ?? 0, size)
    await new Promise(setImmediate)
  }
  return quantile(times.slice(warmUps), 0.25)
}
