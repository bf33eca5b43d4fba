import type { FamilySnapshot, Snapshot } from '../../snapshot/snapshot.ts'

/** Metrics whose names begin alike. */
export interface Branch {
  /** What it adds to the name of the branch above: one part, or several where there is no choice between. */
  readonly name: string
  /** All parts of the name. */
  readonly path: readonly string[]
  readonly families: readonly { readonly name: string; readonly family: FamilySnapshot }[]
  readonly branches: readonly Branch[]
  /** How many series there are in it and below. */
  readonly series: number
}

interface Named {
  readonly family: FamilySnapshot
  readonly parts: readonly string[]
}

/** The parts of a name: `web.latency` and `web/latency` alike. */
export function partsOf(name: string): string[] {
  return name.split(/[./]/)
}

/** All families as branches, sorted as they are. */
export function branchesOf({ families }: Snapshot): Branch {
  return branchAt(
    families.map((family) => ({ family, parts: partsOf(family.name) })),
    0,
    '',
    [],
  )
}

function branchAt(all: readonly Named[], depth: number, name: string, path: readonly string[]): Branch {
  const groups = new Map<string, Named[]>()
  const families: Branch['families'][number][] = []
  for (const one of all) {
    const part = one.parts[depth]
    if (part === undefined) families.push({ name: one.parts.at(-1) as string, family: one.family })
    else if (groups.get(part)?.push(one) === undefined) groups.set(part, [one])
  }
  const branches: Branch[] = []
  for (const group of groups.values()) {
    const [first] = group as [Named]
    if (group.length === 1) {
      families.push({ name: first.parts.slice(depth).join('.'), family: first.family })
      continue
    }
    let end = depth + 1
    while (group.every(({ parts }) => parts.length > end + 1 && parts[end] === first.parts[end])) end++
    const below = first.parts.slice(0, end)
    branches.push(branchAt(group, end, first.parts.slice(depth, end).join('.'), below))
  }
  const series = all.reduce((sum, { family }) => sum + family.series.length, 0)
  return { name, path, families, branches, series }
}

/**
 * What is below a path: families whose names begin with its parts, or, where it goes on behind a whole name, the series with
 * these label values in declared order. `undefined` where nothing is.
 */
export function belowPath(snapshot: Snapshot, path: readonly string[]): Snapshot | undefined {
  if (path.length === 0) return snapshot
  const wanted = path.flatMap(partsOf)
  const families = snapshot.families.flatMap((family) => {
    const parts = partsOf(family.name)
    if (wanted.length <= parts.length) return startsWith(parts, wanted) ? [family] : []
    const series = seriesBelow(family, parts, path)
    return series.length === 0 ? [] : [{ ...family, series } as FamilySnapshot]
  })
  return families.length === 0 ? undefined : { ...snapshot, families }
}

function seriesBelow(
  family: FamilySnapshot,
  parts: readonly string[],
  path: readonly string[],
): FamilySnapshot['series'] {
  const end = path.findIndex((_, i) => partsOf(path.slice(0, i + 1).join('.')).length === parts.length)
  if (end === -1 || !startsWith(partsOf(path.slice(0, end + 1).join('.')), parts)) return []
  const values = path.slice(end + 1)
  return (family.series as readonly { readonly labels: object }[]).filter(({ labels }) =>
    startsWith(Object.values(labels), values),
  ) as unknown as FamilySnapshot['series']
}

function startsWith(all: readonly string[], first: readonly string[]): boolean {
  return first.every((part, i) => part === all[i])
}
