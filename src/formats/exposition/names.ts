import type { FamilySnapshot, GaugeFamilySnapshot, Kind } from '../../snapshot/snapshot.ts'
import { unitSuffix } from '../../units.ts'
import type { LeftOut } from './options.ts'

/** A family with the name that it has in the Prometheus formats. */
export interface ExposedFamily {
  readonly family: FamilySnapshot
  /** Legal, different from all others, with the unit at its end; without `_total` and `_info`. */
  readonly name: string
  /** The unit at the end of `name`; empty for none. */
  readonly unit: string
}

/**
 * Spells the names of all families the way Prometheus and OpenMetrics take them, the same in both.
 *
 * Any character but letters, digits and `_` becomes `_`; a name that does not begin with a letter gets `metric` in front,
 * as a leading `_` and `:` are kept for others. Then the unit follows, where the name does not end in it already;
 * a counter's own `_total`s and a text's own `_info`s are taken off before, as the formats add one themselves.
 *
 * Two families can come out alike: `a.b` and `a/b`, two of one name that could not be merged, or a gauge `x.count`
 * beside a histogram `x`. The first in the snapshot has the name, the others are left out: a number behind the name would
 * make it depend on which other families there are.
 */
export function exposedFamilies(
  families: readonly FamilySnapshot[],
  leaveOut: (leftOut: LeftOut) => void,
): ExposedFamily[] {
  const plain = families.map(plainName)
  // Names can only meet when they are the same without the endings of samples. Most often none are, and that is cheap to see.
  const roots = new Set(plain.map(({ name }) => name.replace(endings, '')))
  if (roots.size === plain.length && !plain.some(({ family }) => hasFamiliesBeside(family))) return plain
  const taken = new Map<string, ExposedFamily>()
  return plain.filter((exposed) => {
    const names = sampleNames(exposed)
    const clash = names.find((name) => taken.has(name))
    if (clash === undefined) for (const name of names) taken.set(name, exposed)
    else leaveOut(conflict(exposed.family, clash, (taken.get(clash) as ExposedFamily).family))
    return clash === undefined
  })
}

function conflict({ kind, name, series }: FamilySnapshot, clash: string, owner: FamilySnapshot): LeftOut {
  const first = owner.name === name ? `other ${owner.kind} of that name` : `${owner.kind} ${owner.name}`
  return { name, series: series.length, reason: `the ${kind} would have ${clash}, a name of the ${first}` }
}

const endings = /(?:_(?:total|created|bucket|sum|count|info))+$/

function plainName(family: FamilySnapshot): ExposedFamily {
  const { hasUnit, ending } = namings[family.kind]
  // A bare number is a ratio only where it goes up and down.
  const unit = hasUnit && (family.unit !== '1' || family.kind === 'gauge') ? unitSuffix(family.unit) : ''
  const name = family.name.replace(/[^A-Za-z0-9_]/g, '_')
  let stem = /^[A-Za-z]/.test(name) ? name : `metric${name.startsWith('_') ? '' : '_'}${name}`
  while (ending !== '' && stem.endsWith(ending)) stem = stem.slice(0, -ending.length)
  return { family, name: unit === '' || stem.endsWith(`_${unit}`) ? stem : `${stem}_${unit}`, unit }
}

/** How the formats spell the names of a kind. */
interface Naming {
  /** Whether names end in the unit. Texts, constants and states have none in OpenMetrics. */
  readonly hasUnit: boolean
  /** What the formats put behind the names themselves. */
  readonly ending: string
  /** What may be behind the name of a sample in either format: OpenMetrics 1.0, "Suffixes". */
  readonly suffixes: readonly string[]
}

const counted: Naming = { hasUnit: true, ending: '_total', suffixes: ['', '_total', '_created'] }
const distributed: Naming = { hasUnit: true, ending: '', suffixes: ['', '_bucket', '_sum', '_count', '_created'] }
const constant: Naming = { hasUnit: false, ending: '_info', suffixes: ['', '_info'] }

const namings: Readonly<Record<Kind, Naming>> = {
  counter: counted,
  meter: counted,
  gauge: { hasUnit: true, ending: '', suffixes: [''] },
  histogram: distributed,
  timer: distributed,
  average: { hasUnit: true, ending: '', suffixes: ['', '_sum', '_count', '_created'] },
  state: {
    hasUnit: false,
    ending: '',
    suffixes: ['', '_processes', '_seconds', '_seconds_total', '_seconds_created', '_users'],
  },
  text: constant,
  info: constant,
}

/** The name of a family beside another, such as `heap_used_max_bytes` beside `heap_used_bytes`: the unit stays last. */
export function withEnding({ name, unit }: ExposedFamily, ending: string): string {
  return unit === '' ? `${name}_${ending}` : `${name.slice(0, -unit.length)}${ending}_${unit}`
}

/** Whether some series has extremes. */
export function hasExtremes(family: GaugeFamilySnapshot): boolean {
  return family.series.some(({ extremes }) => extremes !== undefined)
}

function hasFamiliesBeside(family: FamilySnapshot): boolean {
  return family.kind === 'state' || (family.kind === 'gauge' && hasExtremes(family))
}

/** All names that the samples of a family may have in either format. */
function sampleNames(exposed: ExposedFamily): readonly string[] {
  const { family, name } = exposed
  const names = namings[family.kind].suffixes.map((suffix) => name + suffix)
  const isWindowed = family.kind === 'gauge' && hasExtremes(family)
  return isWindowed ? [...names, withEnding(exposed, 'min'), withEnding(exposed, 'max')] : names
}
