import type { Extremes, GaugeFamilySnapshot, TextFamilySnapshot } from '../../snapshot/snapshot.ts'
import type { Heading } from './dialect.ts'
import type { ExposedFamily } from './names.ts'
import { hasExtremes, withEnding } from './names.ts'
import { helpWith, type Sample, type SampleFamily } from './sample-family.ts'
import { stateFamilies } from './states.ts'

/** Everything but distributions and averages. */
export function sampleFamilies(exposed: ExposedFamily): readonly SampleFamily[] {
  const { family, name, unit } = exposed
  const { help, labelNames } = family
  const of = (type: Heading['type'], ending = ''): SampleFamily => {
    return {
      heading: { name, type, unit, help },
      sample: name + ending,
      name: family.name,
      labelNames,
      series: family.series,
    }
  }
  switch (family.kind) {
    case 'counter':
    case 'meter':
      return [of('counter', '_total')]
    case 'gauge': {
      if (!hasExtremes(family)) return [of('gauge')]
      return [of('gauge'), extremeFamily(exposed, family, 'min'), extremeFamily(exposed, family, 'max')]
    }
    case 'info':
      return [{ ...of('info', '_info'), series: family.series.map(({ labels }) => ({ labels, value: 1 })) }]
    case 'text':
      return [{ ...of('info', '_info'), label: textLabel, ...textSeries(family) }]
    case 'state':
      return stateFamilies(name, family)
    // Several numbers for each series: these have lines of their own.
    case 'histogram':
    case 'timer':
    case 'average':
      return []
    default:
      return family satisfies never
  }
}

/** Names the window of a smallest or largest value. */
const windowLabel = 'window'

/** The extremes of a gauge have names of their own: `…_min` and `…_max`, with the window as a label. */
function extremeFamily(
  exposed: ExposedFamily,
  { name: declared, help, labelNames, series }: GaugeFamilySnapshot,
  which: 'min' | 'max',
): SampleFamily {
  const name = withEnding(exposed, which)
  const about = which === 'min' ? 'smallest' : 'largest'
  return {
    heading: { name, type: 'gauge', unit: exposed.unit, help: helpWith(help, `${about} in the window`) },
    sample: name,
    name: declared,
    labelNames,
    label: windowLabel,
    series,
    expand(i) {
      const { labels = {}, extremes = {} } = series[i] ?? {}
      const windows = Object.entries(extremes) as [string, Extremes][]
      return windows.map(([text, values]) => ({ labels, text, value: values[which] }))
    },
  }
}

/** The label that carries a text. */
const textLabel = 'value'
/** Label values make an index grow; longer texts than this are cut. */
const maxTextLength = 1024

/** Texts that come out alike, being the same up to the cut, are one sample. */
function textSeries({ series }: TextFamilySnapshot): Pick<SampleFamily, 'series' | 'expand'> {
  const samples = new Map<string, Sample>()
  for (const { labels, value } of series) {
    const text = cutText(value)
    samples.set(JSON.stringify([labels, text]), { labels, text, value: 1 })
  }
  const all = [...samples.values()]
  return { series: all, expand: (i) => all.slice(i, i + 1) }
}

/** At most {@link maxTextLength} UTF-16 units and `…`, without half a surrogate pair at the cut. */
function cutText(text: string): string {
  if (text.length <= maxTextLength) return text
  return `${text.slice(0, maxTextLength).replace(/[\ud800-\udbff]$/, '')}…`
}
