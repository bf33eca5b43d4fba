import { pathOf } from './stack.ts'

/** A CPU profile as V8 writes it: what a `.cpuprofile` file holds. Times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly startTime: number
  readonly endTime: number
  /** The id of the node that ran at each sample, and the time since the sample before. */
  readonly samples?: readonly number[] | undefined
  readonly timeDeltas?: readonly number[] | undefined
}

/** A function as it was called from the one above it. */
export interface ProfileNode {
  readonly id: number
  readonly callFrame: {
    readonly functionName: string
    readonly url: string
    /** From 0. */
    readonly lineNumber: number
    readonly columnNumber: number
  }
  readonly children?: readonly number[] | undefined
}

/** A function in a profile, with the time in microseconds in it and in it and what it calls. */
export interface ProfiledFunction {
  readonly name: string
  /** `app.js:12`, or empty for a function without a file. */
  readonly place: string
  readonly self: number
  readonly total: number
}

/** A call in a stack or flame graph. */
export interface Frame extends ProfiledFunction {
  readonly children: readonly Frame[]
}

/** What a function is called: V8 has no name for some. */
function nameOf({ callFrame: { functionName } }: ProfileNode): string {
  return functionName || '(anonymous)'
}

/** File and line, from 1. */
function placeOf({ callFrame: { url, lineNumber } }: ProfileNode): string {
  return url === '' ? '' : `${pathOf(url)}:${lineNumber + 1}`
}

/** Microseconds in each node itself. */
function selfTimes({ nodes, samples = [], timeDeltas = [], startTime, endTime }: CpuProfile): Map<number, number> {
  const times = new Map(nodes.map(({ id }) => [id, 0]))
  let at = startTime
  for (const [i, id] of samples.entries()) {
    at += timeDeltas[i] ?? 0
    // A sample stands for the time up to the next one.
    const until = i + 1 < samples.length ? (timeDeltas[i + 1] ?? 0) : endTime - at
    times.set(id, (times.get(id) ?? 0) + Math.max(0, until))
  }
  return times
}

/** The calls below the root, those of one function from one place joined, the longest first. */
export function framesOf(profile: CpuProfile): Frame[] {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const times = selfTimes(profile)
  const called = new Set(profile.nodes.flatMap(({ children = [] }) => children))
  const join = (nodes: readonly ProfileNode[]): Frame[] => {
    const groups = new Map<string, ProfileNode[]>()
    for (const node of nodes) {
      const key = `${nameOf(node)}\n${placeOf(node)}`
      if (groups.get(key)?.push(node) === undefined) groups.set(key, [node])
    }
    const frames = [...groups.values()].map((group): Frame => {
      const [first] = group as [ProfileNode]
      const below = group.flatMap(({ children = [] }) => children.flatMap((id) => byId.get(id) ?? []))
      const children = join(below)
      const self = group.reduce((sum, { id }) => sum + (times.get(id) ?? 0), 0)
      const total = children.reduce((sum, child) => sum + child.total, self)
      return { name: nameOf(first), place: placeOf(first), self, total, children }
    })
    return frames.sort((a, b) => b.total - a.total)
  }
  const roots = profile.nodes.filter(({ id }) => !called.has(id))
  return join(roots).flatMap((root) => (root.name === '(root)' ? root.children : [root]))
}

/** The functions with the most time in themselves, idle time left out. A function that calls itself counts once. */
export function topFunctions(frames: readonly Frame[], max: number): ProfiledFunction[] {
  const found = new Map<string, { name: string; place: string; self: number; total: number }>()
  const walk = (all: readonly Frame[], above: ReadonlySet<string>): void => {
    for (const { name, place, self, total, children } of all) {
      const key = `${name}\n${place}`
      const known = found.get(key) ?? { name, place, self: 0, total: 0 }
      known.self += self
      if (!above.has(key)) known.total += total
      found.set(key, known)
      walk(children, new Set([...above, key]))
    }
  }
  walk(frames, new Set())
  const busy = [...found.values()].filter(({ name, self }) => self > 0 && name !== '(idle)')
  return busy.sort((a, b) => b.self - a.self).slice(0, max)
}
