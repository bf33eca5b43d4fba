import { type Clock, Registry } from 'plimsoll'
import { publishHere } from './published.ts'
import { effort, type Measurement, mustEqual, quantile, tell } from './result.ts'

const size = 10_000 / effort.divisor
/** One value in each of 4 neighbouring octaves. */
const durations = [0.011, 0.022, 0.044, 0.088]

interface Ticked {
  /** What happens between two ticks. */
  readonly between: () => void
  readonly tick: () => void
  /** The same in slices, as a registry does it by itself; gives the milliseconds of the longest one. */
  readonly longestSlice: () => number
}

/** The clock of this machine, which may be moved on. */
class MovedClock implements Clock {
  private movedMs = 0

  now(): number {
    return performance.now() + this.movedMs
  }

  unixTime(): number {
    return 1_700_000_000 + this.now() / 1000
  }

  advance(seconds: number): void {
    this.movedMs += seconds * 1000
  }
}

function longestSliceOf({ ticks }: Registry): number {
  let longest = 0
  ticks.begin()
  for (let isMore = true; isMore; ) {
    const begun = performance.now()
    isMore = ticks.runSlice()
    longest = Math.max(longest, performance.now() - begun)
  }
  return longest
}

/** A published registry with so many series in a family, filled by `declare`, which gives what keeps them busy. */
function ticked(declare: (registry: Registry, serial: string) => () => void, isBusy: boolean): Ticked {
  const clock = new MovedClock()
  const registry = new Registry({ clock })
  publishHere(registry, 2 ** 26)
  const uses = Array.from({ length: size }, (_, i) => declare(registry, String(i)))
  for (const use of uses) use()
  const between = (): void => {
    clock.advance(5)
    if (isBusy) for (const use of uses) use()
  }
  return { between, tick: () => registry.tick(), longestSlice: () => longestSliceOf(registry) }
}

const labels = ['n'] as const
const options = { labels, maxSeries: size }
const counters = (registry: Registry, n: string) => {
  const counter = registry.counter('counters', options).labels({ n })
  return () => counter.inc()
}
const meters = (registry: Registry, n: string) => {
  const meter = registry.meter('meters', options).labels({ n })
  return () => meter.mark()
}
const timers = (registry: Registry, n: string) => {
  const timer = registry.timer('timers', options).labels({ n })
  return () => {
    for (const seconds of durations) timer.record(seconds)
  }
}
const gauges = (registry: Registry, n: string) => {
  const gauge = registry.gauge('gauges', { ...options, extremes: true }).labels({ n })
  return () => gauge.set(1)
}

/** What cannot be done for less: a look at each series, and its cells copied, one by one. */
function copying(): Ticked {
  const registry = new Registry()
  publishHere(registry, 2 ** 26)
  const slots = Array.from({ length: size }, (_, i) => registry.meter('meters', options).labels({ n: String(i) }).slot)
  const copy = new Float64Array(7)
  let sum = 0
  const tick = (): void => {
    for (const { cells, index } of slots) {
      copy.set(cells.subarray(index, index + copy.length))
      sum += copy[0] as number
    }
    mustEqual('copies', sum, 0)
  }
  return { between: () => {}, tick, longestSlice: () => 0 }
}

const reference = 'copying the cells of as many meters'
const contenders: Readonly<Record<string, Ticked>> = {
  [reference]: copying(),
  'counters, which need no ticks': ticked(counters, true),
  'meters, idle': ticked(meters, false),
  'meters, busy': ticked(meters, true),
  'timers, idle': ticked(timers, false),
  'timers, busy': ticked(timers, true),
  'gauges with extremes': ticked(gauges, true),
}

/** Microseconds of one tick, by contender; they take turns. */
function measure(): Record<string, number> {
  const figures = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]))
  for (let turn = 0; turn < 2 * effort.turns; turn++) {
    for (const [name, { between, tick }] of Object.entries(contenders)) {
      between()
      const begun = performance.now()
      tick()
      const micros = (performance.now() - begun) * 1000
      // The first turns are those in which V8 gets to know the code.
      if (turn >= effort.turns) figures.get(name)?.push(micros)
    }
  }
  return Object.fromEntries([...figures].map(([name, each]) => [name, quantile(each, 0.25)]))
}

/** Timers that begin together: the first tick makes room for what recent windows are told from, one 40 seconds later copies. */
function beginnings(): Record<string, number> {
  const figures = new Map<string, number[]>()
  for (let turn = 0; turn < Math.ceil(effort.turns / 4); turn++) {
    const begun = ticked(timers, true)
    for (let second = 5; second <= 45; second += 5) {
      begun.between()
      const micros = begun.longestSlice() * 1000
      if (second !== 5 && second !== 40) continue
      const name = `timers that began together, after ${second} seconds`
      figures.set(name, [...(figures.get(name) ?? []), micros])
    }
  }
  return Object.fromEntries([...figures].map(([name, each]) => [name, Math.min(...each)]))
}

/** Microseconds of the longest slice of a tick, by contender; of several ticks that in which other processes took the least. */
function measureSlices(): Record<string, number> {
  const figures = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]))
  for (let turn = 0; turn < effort.turns; turn++) {
    for (const [name, { between, longestSlice }] of Object.entries(contenders)) {
      between()
      figures.get(name)?.push(longestSlice() * 1000)
    }
  }
  figures.delete(reference)
  return {
    ...Object.fromEntries([...figures].map(([name, each]) => [name, Math.min(...each)])),
    ...beginnings(),
  }
}

const whole: Measurement = {
  title: `A tick of ${size.toLocaleString('en')} series`,
  unit: 'µs',
  note: 'What a registry does every 5 seconds so that recording need not: rates, recent windows, extremes.',
  reference,
  bars: [
    { contender: 'counters, which need no ticks', text: 'nearly nothing', most: 0.1, times: reference },
    { contender: 'meters, busy', text: 'within 4 x copying', most: 4, times: reference },
    { contender: 'timers, idle', text: 'within 6 x copying', most: 6, times: reference },
    { contender: 'timers, busy', text: 'within 10 x copying', most: 10, times: reference },
  ],
  figures: measure(),
}

const figures = measureSlices()
const slices: Measurement = {
  title: `The longest turn of the event loop in a tick of ${size.toLocaleString('en')} series`,
  unit: 'µs',
  note:
    'A registry does its ticks by itself in slices of a millisecond. No app waits longer for its next turn than this. What is above ' +
    'is one series more, and in the two last ones V8, which collects garbage among what the first ticks have made.',
  reference: 'timers, idle',
  bars: Object.keys(figures).map((contender) => ({ contender, text: 'within 4 ms', most: 4000 })),
  figures,
}

tell(whole, slices)
