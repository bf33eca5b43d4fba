import type { FamilySnapshot, GaugeFamilySnapshot } from '../../snapshot/snapshot.ts'
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
 * Whatever is no letter, digit or `_` becomes `_`; a name that does not begin with a letter gets `metric` in front,
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
  const unit = hasUnit(family) ? unitSuffix(family.unit) : ''
  const name = family.name.replace(/[^A-Za-z0-9_]/g, '_')
  let stem = /^[A-Za-z]/.test(name) ? name : `metric${name.startsWith('_') ? '' : '_'}${name}`
  const ending = ownEnding(family.kind)
  while (ending !== '' && stem.endsWith(ending)) stem = stem.slice(0, -ending.length)
  return { family, name: unit === '' || stem.endsWith(`_${unit}`) ? stem : `${stem}_${unit}`, unit }
}

/** Texts, constants and states have none in OpenMetrics; a bare number is a ratio only where it goes up and down. */
function hasUnit({ kind, unit }: FamilySnapshot): boolean {
  return kind !== 'text' && kind !== 'info' && kind !== 'state' && (unit !== '1' || kind === 'gauge')
}

/** What the formats put behind the names of a kind themselves. */
function ownEnding(kind: FamilySnapshot['kind']): string {
  if (kind === 'counter' || kind === 'meter') return '_total'
  return kind === 'text' || kind === 'info' ? '_info' : ''
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

/** All names that the samples of a family may have in either format: OpenMetrics 1.0, "Suffixes". */
function sampleNames(exposed: ExposedFamily): readonly string[] {
  const { family, name } = exposed
  const named = (...suffixes: string[]): string[] => suffixes.map((suffix) => name + suffix)
  switch (family.kind) {
    case 'counter':
    case 'meter':
      return named('', '_total', '_created')
    case 'gauge':
      return hasExtremes(family) ? [name, withEnding(exposed, 'min'), withEnding(exposed, 'max')] : [name]
    case 'histogram':
    case 'timer':
      return named('', '_bucket', '_sum', '_count', '_created')
    case 'average':
      return named('', '_sum', '_count', '_created')
    case 'state':
      return named('', '_processes', '_seconds', '_seconds_total', '_seconds_created', '_users')
    case 'text':
    case 'info':
      return named('', '_info')
    default:
      return family satisfies never
  }
}
