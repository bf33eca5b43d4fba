import type { ExposedType } from '../exposition/dialect.ts'
import type { ExposedFamily } from '../exposition/names.ts'
import { sampleFamilies } from '../exposition/samples.ts'
import type { ProtobufWriter } from '../protobuf/writer.ts'

// https://github.com/prometheus/prometheus/blob/main/prompb/types.proto
const requestField = { metadata: 3 } as const
const metadataField = { type: 1, name: 2, help: 4, unit: 5 } as const
/** As in the text, in which infos and states are gauges. */
const types: Readonly<Record<ExposedType, number>> = {
  counter: 1,
  gauge: 2,
  info: 2,
  stateset: 2,
  histogram: 3,
  summary: 5,
}

/** Writes type, help and unit of each metric that a family is in the Prometheus text, under its name there. */
export function writeMetadata(writer: ProtobufWriter, exposed: ExposedFamily): void {
  const { family, name, unit } = exposed
  const write = (type: ExposedType, metric: string, help: string, of: string): void => {
    const metadata = writer.begin(requestField.metadata)
    writer.uint(metadataField.type, types[type])
    writer.text(metadataField.name, metric)
    if (help !== '') writer.text(metadataField.help, help)
    if (of !== '') writer.text(metadataField.unit, of)
    writer.end(metadata)
  }
  if (family.kind === 'histogram' || family.kind === 'timer') write('histogram', name, family.help, unit)
  else if (family.kind === 'average') write('summary', name, family.help, unit)
  else
    for (const { heading, sample } of sampleFamilies(exposed)) write(heading.type, sample, heading.help, heading.unit)
}
