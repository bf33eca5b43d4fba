import { type Bar, effort, type Measurement, quantile } from './result.ts'

/** Calls done so far, and in the last slice; both are multiples of {@link period}. */
export interface Done {
  readonly calls: number
  readonly slice: number
}

/** One thing to call, and the proof that each call did its work. */
export interface Subject {
  /** `i` runs from 0 in each slice. */
  readonly call: (i: number) => unknown
  /** Throws when what was recorded is not what `done` says. Never part of a measurement. */
  readonly verify: (done: Done) => void | Promise<void>
}

/** Makes subjects of one kind, each with metrics of its own. */
export interface Contender {
  readonly name: string
  readonly make: () => Subject
}

/** A table of costs of one call. */
export interface CallCase {
  readonly title: string
  readonly note: string
  readonly reference: string
  readonly bars: readonly Bar[]
  readonly contenders: readonly Contender[]
}

/** Inputs repeat after so many calls; a slice is a multiple of it. */
export const period = 4096

/** Nanoseconds of one call, the call itself included. */
export function timeCalls(call: (i: number) => unknown, count: number): number {
  const begun = performance.now()
  for (let i = 0; i < count; i++) call(i)
  return ((performance.now() - begun) * 1e6) / count
}

/**
 * Shows the loop above many functions before it is compiled, so that V8 calls what it is given instead of building it
 * in. In an app a metric's method is called from code that does other things too.
 */
function trainLoop(): void {
  let sum = 0
  const strangers: ((i: number) => unknown)[] = [
    (i) => (sum += i),
    (i) => (sum -= i),
    (i) => (sum ^= i),
    (i) => (sum = i & 1),
    (i) => (sum = i | 1),
    (i) => `${i}`,
    (i) => [i],
    () => sum,
  ]
  for (let again = 0; again < 20; again++) for (const call of strangers) timeCalls(call, 1000)
}

/** The empty call, to tell how much of each figure is the call. */
export const emptyCall: Contender = { name: 'empty call', make: () => ({ call: () => {}, verify: () => {} }) }

interface Runner {
  readonly name: string
  readonly subjects: readonly Measured[]
  readonly slice: number
}

interface Measured {
  readonly subject: Subject
  calls: number
  readonly figures: number[]
}

/** How many subjects of a contender there are: V8 makes constants of what a function holds that exists only once. */
const subjectCount = 3

/**
 * Measures all contenders in turns, and of each its subjects: where these are objects of several classes, code asks for one
 * class after the other, and the last one takes longest. The figure is the mean of the lower quartiles of their slices.
 */
export async function measureCalls(given: CallCase): Promise<Measurement> {
  trainLoop()
  const { title, note, reference, bars } = given
  const runners: Runner[] = []
  for (const contender of given.contenders) runners.push(await warmUp(contender))
  for (let turn = 0; turn < effort.turns; turn++) {
    // Another one begins each time, so that nobody always runs behind the same neighbour.
    const first = turn % runners.length
    for (const runner of [...runners.slice(first), ...runners.slice(0, first)]) {
      const { subjects, slice } = runner
      const measured = subjects[turn % subjectCount] as Measured
      measured.figures.push(timeCalls(measured.subject.call, slice))
      measured.calls += slice
      await measured.subject.verify({ calls: measured.calls, slice })
    }
  }
  const figures = Object.fromEntries(runners.map((runner) => [runner.name, figureOf(runner)]))
  return { title, unit: 'ns', note, reference, bars, figures }
}

function figureOf({ subjects }: Runner): number {
  const quartiles = subjects.filter(({ figures }) => figures.length > 0).map(({ figures }) => quantile(figures, 0.25))
  return quartiles.reduce((sum, one) => sum + one, 0) / quartiles.length
}

async function warmUp({ name, make }: Contender): Promise<Runner> {
  const subjects = Array.from({ length: subjectCount }, make)
  let calls = 0
  let cost = 0
  for (let again = 0; again < 6; again++) {
    for (const { call } of subjects) cost = timeCalls(call, period)
    calls += period
    // Lets the compiler's thread hand over what it has made.
    await new Promise(setImmediate)
  }
  const slice = period * Math.max(1, Math.round((effort.sliceMs * 1e6) / cost / period))
  for (const { call, verify } of subjects) {
    timeCalls(call, slice)
    await verify({ calls: calls + slice, slice })
  }
  return { name, slice, subjects: subjects.map((subject) => ({ subject, calls: calls + slice, figures: [] })) }
}
