import type { FamilySnapshot } from '../snapshot/snapshot.ts'
import { unitSuffix } from '../units.ts'

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
 * beside a histogram `x`. The first in the snapshot has the plain name, each further one the next free number,
 * before its unit: `web_latency_2_seconds`. So no header and no line is ever there twice.
 */
export function exposedFamilies(families: readonly FamilySnapshot[]): ExposedFamily[] {
  const plain = families.map(plainName)
  // Names can only meet when they are the same without the endings of samples. Most often none are, and that is cheap to see.
  const roots = new Set(plain.map(({ name }) => name.replace(/(?:_(?:total|created|bucket|sum|count|info))+$/, '')))
  return roots.size === plain.length ? plain : apart(plain)
}

function plainName(family: FamilySnapshot): ExposedFamily {
  const unit =
    family.kind === 'text' ||
    family.kind === 'info' ||
    family.kind === 'state' ||
    (family.unit === '1' && family.kind !== 'gauge')
      ? ''
      : unitSuffix(family.unit)
  const name = family.name.replace(/[^A-Za-z0-9_]/g, '_')
  let stem = /^[A-Za-z]/.test(name) ? name : `metric${name.startsWith('_') ? '' : '_'}${name}`
  const ending = ownEnding(family.kind)
  while (ending !== '' && stem.endsWith(ending)) stem = stem.slice(0, -ending.length)
  return { family, name: unit === '' || stem.endsWith(`_${unit}`) ? stem : `${stem}_${unit}`, unit }
}

/** What the formats put behind the names of a kind themselves. */
export function ownEnding(kind: FamilySnapshot['kind']): string {
  if (kind === 'counter' || kind === 'meter') return '_total'
  return kind === 'text' || kind === 'info' ? '_info' : ''
}

function apart(plain: readonly ExposedFamily[]): ExposedFamily[] {
  const taken = new Set<string>()
  return plain.map(({ family, name: first, unit }) => {
    const tail = unit === '' ? '' : `_${unit}`
    const suffixes = sampleSuffixes(family.kind)
    let name = first
    for (let n = 2; suffixes.some((suffix) => taken.has(name + suffix)); n++) {
      name = `${first.slice(0, first.length - tail.length)}_${n}${tail}`
    }
    for (const suffix of suffixes) taken.add(name + suffix)
    return { family, name, unit }
  })
}

/** All endings that the samples of a kind may have in either format: OpenMetrics 1.0, "Suffixes". */
function sampleSuffixes(kind: FamilySnapshot['kind']): readonly string[] {
  switch (kind) {
    case 'counter':
    case 'meter':
      return ['', '_total', '_created']
    case 'gauge':
      return ['']
    case 'histogram':
    case 'timer':
      return ['', '_bucket', '_sum', '_count', '_created']
    case 'average':
      return ['', '_sum', '_count', '_created']
    case 'state':
      return ['']
    case 'text':
    case 'info':
      return ['', '_info']
    default:
      return kind satisfies never
  }
}
