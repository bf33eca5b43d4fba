import type { Labels } from '../../snapshot/snapshot.ts'
import { labelText } from './label-values.ts'

/**
 * Label values in declared order lead from map to map; the last map holds the metrics. A family without labels has one
 * map with one empty text. Beside the texts stand numbers and booleans as they were given, so that they are found as they are.
 */
export type Branch<M> = Map<unknown, Branch<M> | M>

/** A metric, and its label texts. */
export interface NamedMetric<M> {
  readonly texts: readonly string[]
  readonly metric: M
}

/** The metric of these label texts. */
export function findMetric<M>(root: Branch<M>, texts: readonly string[]): M | undefined {
  let at: Branch<M> | M | undefined = root
  for (const text of pathOf(texts)) at = (at as Branch<M> | undefined)?.get(text)
  return at as M | undefined
}

/** The metric of these label values, as they were given, where it was found by the same ones before. */
export function findByValues<M>(root: Branch<M>, names: readonly string[], values: unknown): M | undefined {
  if (names.length === 0) return root.get('') as M | undefined
  if (typeof values !== 'object' || values === null) return undefined
  let at: Branch<M> | M | undefined = root
  for (let i = 0; i < names.length; i++) {
    at = (at as Branch<M>).get((values as Readonly<Record<string, unknown>>)[names[i] as string])
    if (at === undefined) return undefined
  }
  return at as M
}

/** Enters a metric that is not there yet. */
export function insertMetric<M>(root: Branch<M>, texts: readonly string[], metric: M): void {
  let branch = root
  for (const text of texts.slice(0, -1)) {
    let next = branch.get(text) as Branch<M> | undefined
    if (next === undefined) {
      next = new Map()
      branch.set(text, next)
    }
    branch = next
  }
  branch.set(texts.at(-1) ?? '', metric)
}

/** Removes a metric, with the branches that led to nothing else; returns it. */
export function takeMetric<M>(root: Branch<M>, texts: readonly string[]): M | undefined {
  const path = pathOf(texts)
  const branches: Branch<M>[] = [root]
  for (const text of path) {
    const next = (branches.at(-1) as Branch<M>).get(text)
    if (next === undefined) return undefined
    branches.push(next as Branch<M>)
  }
  const metric = branches.pop() as unknown as M
  for (let i = path.length - 1; i >= 0; i--) {
    const branch = branches[i] as Branch<M>
    for (const spelling of spellings(path[i] as string)) branch.delete(spelling)
    if (branch.size > 0) break
  }
  return metric
}

/** Also enters numbers and booleans under their own value, so that the next lookup needs no conversion. */
export function rememberSpelling<M>(root: Branch<M>, given: readonly unknown[], texts: readonly string[]): void {
  let branch = root
  for (const [i, text] of texts.entries()) {
    const next = branch.get(text) as Branch<M>
    if (typeof given[i] !== 'string' && labelText(given[i]) !== undefined) branch.set(given[i], next)
    branch = next
  }
}

/** Takes a metric, with its label texts in an array that is good until the next call. */
export type Visit<M> = (texts: readonly string[], metric: M) => void

/** Calls `visit` for each metric. */
export function visitMetrics<M>(root: Branch<M>, depth: number, visit: Visit<M>): void {
  if (depth > 0) visitBelow(root, depth, [], visit)
  else for (const metric of root.values()) visit([], metric as M)
}

/** Apart from the one with batches, as a generator allocates for each step, and a process moves all its metrics when it starts. */
function visitBelow<M>(branch: Branch<M>, depth: number, path: string[], visit: Visit<M>): void {
  branch.forEach((next, text) => {
    if (typeof text !== 'string') return
    path.push(text)
    if (path.length < depth) visitBelow(next as Branch<M>, depth, path, visit)
    else visit(path, next as M)
    path.pop()
  })
}

/** As {@link visitMetrics}, so many at a time, with a yield in between; metrics may come and go meanwhile. */
export function* visitInBatches<M>(
  root: Branch<M>,
  depth: number,
  visit: Visit<M>,
  size: number = Number.POSITIVE_INFINITY,
): Generator<void> {
  if (depth > 0) yield* visitBranch(root, { depth, path: [], visit, size, left: size })
  else for (const metric of root.values()) visit([], metric as M)
}

/**
 * Calls `visit` for each metric, with its labels as an object of its own. Copying labels that have all names already is
 * several times faster than adding the properties one by one. `sparse`: without labels whose value is empty.
 */
export function visitLabelled<M>(
  root: Branch<M>,
  names: readonly string[],
  visitEach: (labels: Labels, metric: M) => void,
  sparse = false,
): void {
  const visit = sparse ? (labels: Labels, metric: M): void => visitEach(withoutEmpty(labels), metric) : visitEach
  const blank = Object.fromEntries(names.map((name) => [name, '']))
  if (names.length > 0) visitLabelledBranch(root, names, 0, blank, visit)
  else for (const metric of root.values()) visit(blank, metric as M)
}

function withoutEmpty(labels: Labels): Labels {
  const present: Record<string, string> = {}
  for (const name in labels) if (labels[name] !== '') present[name] = labels[name] as string
  return present
}

interface Walk<M> {
  readonly depth: number
  readonly path: string[]
  readonly visit: Visit<M>
  readonly size: number
  /** How many are to come before the next yield. */
  left: number
}

function* visitBranch<M>(branch: Branch<M>, walk: Walk<M>): Generator<void> {
  const { depth, path, visit } = walk
  for (const [text, next] of branch) {
    if (typeof text !== 'string') continue
    path.push(text)
    if (path.length < depth) {
      yield* visitBranch(next as Branch<M>, walk)
    } else {
      visit(path, next as M)
      if (--walk.left === 0) {
        walk.left = walk.size
        yield
      }
    }
    path.pop()
  }
}

function visitLabelledBranch<M>(
  branch: Branch<M>,
  names: readonly string[],
  depth: number,
  above: Labels,
  visit: (labels: Labels, metric: M) => void,
): void {
  const name = names[depth] as string
  const isLast = depth === names.length - 1
  for (const [text, next] of branch) {
    if (typeof text !== 'string') continue
    const labels: Record<string, string> = { ...above }
    labels[name] = text
    if (isLast) visit(labels, next as M)
    else visitLabelledBranch(next as Branch<M>, names, depth + 1, labels, visit)
  }
}

function pathOf(texts: readonly string[]): readonly string[] {
  return texts.length === 0 ? [''] : texts
}

/** All label values that have this text. */
function* spellings(text: string): Iterable<unknown> {
  yield text
  const number = Number(text)
  if (String(number) === text) yield number
  if (/^-?\d+$/.test(text)) yield BigInt(text)
  if (text === 'true' || text === 'false') yield text === 'true'
}
