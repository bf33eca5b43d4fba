import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publish, Registry } from 'plimsoll'
import { flushOwn } from '#src/page/own-pages.ts'
import { effort, type Measurement, quantile, tell } from './result.ts'

const size = 10_000 / effort.divisor
/** Of so many series, one is used between two writes. */
const share = 10

interface Series {
  readonly use: (n: number) => void
}

/** A written page with so many series, in the place where pages are by default. */
function written(declare: (registry: Registry) => (n: number) => void): { readonly file: string } & Series {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'))
  const registry = new Registry()
  const { file, error } = publish({ registry, dir, page: 'written', onWarning: () => {} })
  if (file === undefined) throw error
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  const use = declare(registry)
  for (let n = 0; n < size; n++) use(n)
  return { file, use }
}

const options = { labels: ['n'], maxSeries: size } as const
const contenders = {
  timers: written((registry) => {
    const timers = Array.from({ length: size }, (_, n) => registry.timer('timers', options).labels({ n: String(n) }))
    return (n) => timers[n]?.record(0.01)
  }),
  counters: written((registry) => {
    const counters = Array.from({ length: size }, (_, n) =>
      registry.counter('counters', options).labels({ n: String(n) }),
    )
    return (n) => counters[n]?.inc()
  }),
}
const reference = 'writing 4 MB with one call'

function oneWrite(): () => void {
  const file = join(mkdtempSync(join(tmpdir(), 'plimsoll-bench-')), 'bytes')
  const fd = openSync(file, 'w')
  const bytes = Buffer.alloc(Math.floor(2 ** 22 / effort.divisor))
  process.on('exit', () => {
    closeSync(fd)
    rmSync(join(file, '..'), { recursive: true, force: true })
  })
  return () => writeSync(fd, bytes, 0, bytes.length, 0)
}

/** Milliseconds of processor time, which other programs cannot add to. */
function measured(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function measure(): Record<string, number> {
  const figures = new Map<string, number[]>()
  const note = (name: string, figure: number): void => void figures.set(name, [...(figures.get(name) ?? []), figure])
  const write = oneWrite()
  for (let turn = 0; turn < 4 * effort.turns; turn++) {
    const isWarm = turn >= 2 * effort.turns
    const one = measured(write)
    if (isWarm) note(reference, one)
    for (const [name, { file, use }] of Object.entries(contenders)) {
      for (let n = turn % share; n < size; n += share) use(n)
      const all = measured(() => flushOwn(file))
      if (isWarm) note(name, all)
    }
  }
  return Object.fromEntries([...figures].map(([name, each]) => [name, quantile(each, 0.25)]))
}

const whole: Measurement = {
  title: `What a written page writes each second: ${size.toLocaleString('en')} series, of which a tenth has changed`,
  unit: 'ms',
  note: 'Processor time on the event loop, where memory cannot be mapped. The changed series are spread evenly, so nearly every block of the page has one.',
  reference,
  bars: [
    { contender: 'timers', text: 'within 2 x that write', most: 2, times: reference },
    { contender: 'counters', text: 'within a third of it', most: 1 / 3, times: reference },
  ],
  figures: measure(),
}

tell(whole)
