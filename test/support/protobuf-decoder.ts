/** A message as it was read back: by the names of its fields, all values of each. */
export interface Message {
  readonly [field: string]: readonly (number | string | Message)[] | undefined
}

/** Number of each field, its name and its type. */
export type Schema = Readonly<
  Record<number, readonly [name: string, type: 'uint' | 'sint' | 'double' | 'text' | Schema]>
>

// As in https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto, field by field.
const timestamp: Schema = { 1: ['seconds', 'uint'], 2: ['nanos', 'uint'] }
const label: Schema = { 1: ['name', 'text'], 2: ['value', 'text'] }
const exemplar: Schema = { 1: ['label', label], 2: ['value', 'double'], 3: ['timestamp', timestamp] }
const span: Schema = { 1: ['offset', 'sint'], 2: ['length', 'uint'] }
const bucket: Schema = { 1: ['cumulative_count', 'uint'], 2: ['upper_bound', 'double'], 3: ['exemplar', exemplar] }
const histogram: Schema = {
  1: ['sample_count', 'uint'],
  2: ['sample_sum', 'double'],
  3: ['bucket', bucket],
  5: ['schema', 'sint'],
  6: ['zero_threshold', 'double'],
  7: ['zero_count', 'uint'],
  12: ['positive_span', span],
  13: ['positive_delta', 'sint'],
  15: ['created_timestamp', timestamp],
  16: ['exemplars', exemplar],
}
const summary: Schema = {
  1: ['sample_count', 'uint'],
  2: ['sample_sum', 'double'],
  3: ['quantile', { 1: ['quantile', 'double'], 2: ['value', 'double'] }],
  4: ['created_timestamp', timestamp],
}
const metric: Schema = {
  1: ['label', label],
  2: ['gauge', { 1: ['value', 'double'] }],
  3: ['counter', { 1: ['value', 'double'], 2: ['exemplar', exemplar], 3: ['created_timestamp', timestamp] }],
  4: ['summary', summary],
  7: ['histogram', histogram],
}
const family: Schema = {
  1: ['name', 'text'],
  2: ['help', 'text'],
  3: ['type', 'uint'],
  4: ['metric', metric],
  5: ['unit', 'text'],
}

/** Messages of `io.prometheus.client.MetricFamily`, each behind its length. Throws at a field that the schema lacks. */
export function decodeFamilies(bytes: Uint8Array): Message[] {
  const families: Message[] = []
  for (let at = 0; at < bytes.length; ) {
    const [length, start] = readVarint(bytes, at)
    at = start + length
    if (at > bytes.length) throw new Error('a message beyond the end')
    families.push(decode(bytes.subarray(start, at), family))
  }
  return families
}

/** A message. Throws at a field that the schema lacks. */
export function decode(bytes: Uint8Array, schema: Schema): Message {
  const message: Record<string, (number | string | Message)[]> = {}
  for (let at = 0; at < bytes.length; ) {
    const [tag, start] = readVarint(bytes, at)
    const [name, type] = schema[Math.floor(tag / 8)] ?? fail(`field ${tag / 8}`)
    const values = message[name] ?? []
    message[name] = values
    if (tag % 8 === 1) {
      if (type !== 'double') fail(name)
      values.push(new DataView(bytes.buffer, bytes.byteOffset + start, 8).getFloat64(0, true))
      at = start + 8
      continue
    }
    const [number, next] = readVarint(bytes, start)
    at = next
    if (tag % 8 === 0) {
      values.push(type === 'sint' ? unzigzag(number) : type === 'uint' ? number : fail(name))
      continue
    }
    if (tag % 8 !== 2) fail(name)
    const content = bytes.subarray(next, next + number)
    at = next + number
    if (content.length !== number) fail(name)
    if (typeof type === 'object') values.push(decode(content, type))
    else if (type === 'text') values.push(new TextDecoder('utf-8', { fatal: true }).decode(content))
    else
      for (let i = 0; i < content.length; ) {
        const [packed, end] = readVarint(content, i)
        values.push(type === 'sint' ? unzigzag(packed) : packed)
        i = end
      }
  }
  return message
}

/** A number and where it ends. */
export function readVarint(bytes: Uint8Array, from: number): [value: number, end: number] {
  let value = 0
  for (let at = from, factor = 1; ; at++, factor *= 128) {
    const byte = bytes[at] ?? fail('the end within a number')
    value += (byte % 128) * factor
    if (byte < 128) return [value, at + 1]
  }
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

function fail(what: string): never {
  throw new Error(`not readable: ${what}`)
}
