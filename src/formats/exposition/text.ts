import type { Dialect } from './dialect.ts'
import { numberText } from './dialect.ts'
import { exemplarText } from './exemplars.ts'
import { escapeLabelValue, labelWriter } from './labels.ts'
import { roomOf } from './room.ts'
import type { Sample, SampleFamily } from './sample-family.ts'

// Strings are put together with += throughout: V8 keeps the pieces and copies each once, at the end. Arrays of lines
// with a join took twice as long.

/** A family with one sample a line: its metadata, and a line for each sample. */
export function sampleText(family: SampleFamily, dialect: Dialect): string {
  const { heading, sample, labelNames, label, series, expand } = family
  const room = roomOf(family, dialect)
  const writer = labelWriter(sample, labelNames, { kept: label, fixed: dialect.fixed })
  const createdAt = heading.type === 'counter' ? dialect.createdAt : undefined
  const isSkipped = dialect.strict && heading.type === 'counter'
  const write = (out: string, open: string, close: string, one: Sample): string => {
    if (isSkipped && !(one.value >= 0)) return out
    out += open
    out += close + numberText(one.value)
    const last = dialect.exemplars && one.exemplars !== undefined ? one.exemplars[0] : undefined
    out += last === undefined ? '\n' : `${exemplarText(last)}\n`
    const created = createdAt?.(one.labels)
    if (created !== undefined) out += `${heading.name}_created${open.slice(sample.length)}${close}${created}\n`
    return out
  }
  let out = dialect.header(heading)
  for (let i = 0; i < series.length; i++) {
    const one = series[i] as Sample
    const open = writer.open(one.labels)
    if (expand === undefined) {
      if (room.has(out.length, open.length, 1)) out = write(out, open, open === sample ? ' ' : '"} ', one)
      continue
    }
    const samples = expand(i)
    if (!room.has(out.length, open.length, samples.length, textLength(samples))) continue
    const before = `${open}${open === sample ? '{' : '",'}${label}="`
    for (const each of samples) out = write(out, before + escapeLabelValue(each.text ?? ''), '"} ', each)
  }
  room.end()
  return out
}

/** Length of the text of the samples of one series, without their labels. */
function textLength(samples: readonly Sample[]): number {
  return samples.reduce((sum, { text = '' }) => sum + text.length, 0)
}
