import type {
  CounterFamilySnapshot,
  Extremes,
  GaugeFamilySnapshot,
  GaugeSeries,
  MeterFamilySnapshot,
} from '../../snapshot/snapshot.ts'
import type { Dialect } from './exposition-dialect.ts'
import { numberText } from './exposition-dialect.ts'
import { exemplarText } from './exposition-exemplars.ts'
import { labelWriter } from './exposition-labels.ts'
import type { ExposedFamily } from './exposition-names.ts'
import { hasExtremes, withEnding } from './exposition-names.ts'

/** A counter, or the count of a meter: rates are left to queries. */
export function counterLines(
  { name, unit }: ExposedFamily,
  family: CounterFamilySnapshot | MeterFamilySnapshot,
  dialect: Dialect,
): string {
  const { created, strict, exemplars } = dialect
  const total = `${name}_total`
  const writer = labelWriter(total, family.labelNames)
  let out = dialect.header({ name, type: 'counter', unit, help: family.help })
  for (const series of family.series) {
    const { labels, value } = series
    if (strict && !(value >= 0)) continue
    const open = writer.open(labels)
    const close = open === total ? ' ' : '"} '
    out += open
    out += close + numberText(value)
    const last = exemplars && 'exemplars' in series ? series.exemplars?.[0] : undefined
    out += last === undefined ? '\n' : `${exemplarText(last)}\n`
    if (created !== '') out += `${name}_created${open.slice(total.length)}${close}${created}\n`
  }
  return out
}

/** Names the window of a smallest or largest value. */
const windowLabel = 'window'

/** A gauge and, where it has extremes, two more of their own names: `…_min` and `…_max`, with the window as a label. */
export function gaugeLines(exposed: ExposedFamily, family: GaugeFamilySnapshot, dialect: Dialect): string {
  const { name, unit } = exposed
  const writer = labelWriter(name, family.labelNames)
  let out = dialect.header({ name, type: 'gauge', unit, help: family.help })
  for (const { labels, value } of family.series) {
    const open = writer.open(labels)
    out += open
    out += `${open === name ? ' ' : '"} '}${numberText(value)}\n`
  }
  if (!hasExtremes(family)) return out
  return out + extremeLines(exposed, family, 'min', dialect) + extremeLines(exposed, family, 'max', dialect)
}

function extremeLines(
  exposed: ExposedFamily,
  { help, labelNames, series }: GaugeFamilySnapshot,
  which: 'min' | 'max',
  dialect: Dialect,
): string {
  const name = withEnding(exposed, which)
  const writer = labelWriter(name, labelNames, windowLabel)
  const about = which === 'min' ? 'smallest' : 'largest'
  let out = dialect.header({
    name,
    type: 'gauge',
    unit: exposed.unit,
    help: helpWith(help, `${about} in the window`),
  })
  for (const { labels, extremes = {} } of series) {
    const open = writer.open(labels)
    for (const [window, values] of Object.entries(extremes) as [
      keyof NonNullable<GaugeSeries['extremes']>,
      Extremes,
    ][]) {
      out += `${open}${open === name ? '{' : '",'}${windowLabel}="${window}"} ${numberText(values[which])}\n`
    }
  }
  return out
}

/** A help text with a remark on what of the metric this is; none stays none. */
export function helpWith(help: string, remark: string): string {
  return help === '' ? '' : `${help} (${remark})`
}
