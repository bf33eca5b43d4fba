/** What a receiver did not accept of a request that it took. */
export interface PartialSuccess {
  readonly rejected: number
  readonly message: string
}

const partialSuccessField = 1
const rejectedField = 1
const messageField = 2

/** An `ExportMetricsServiceResponse`. What cannot be read is a success, as its status says. */
export function otlpResponse(body: Uint8Array, encoding: 'protobuf' | 'json'): PartialSuccess {
  try {
    return encoding === 'json' ? fromJson(body) : fromProtobuf(body)
  } catch {
    return { rejected: 0, message: '' }
  }
}

function fromJson(body: Uint8Array): PartialSuccess {
  const { partialSuccess } = JSON.parse(new TextDecoder().decode(body)) as { readonly partialSuccess?: unknown }
  const { rejectedDataPoints, errorMessage } = Object(partialSuccess) as Record<string, unknown>
  return { rejected: countOf(Number(rejectedDataPoints ?? 0)), message: String(errorMessage ?? '') }
}

function fromProtobuf(body: Uint8Array): PartialSuccess {
  const partial = fieldsOf(body).get(partialSuccessField)
  const fields = partial instanceof Uint8Array ? fieldsOf(partial) : new Map<number, number | Uint8Array>()
  const message = fields.get(messageField)
  return {
    rejected: countOf(Number(fields.get(rejectedField) ?? 0)),
    message: message instanceof Uint8Array ? new TextDecoder().decode(message) : '',
  }
}

function countOf(rejected: number): number {
  return Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0
}

/** The numbers and delimited fields of a message; of one that is there several times the last. */
function fieldsOf(bytes: Uint8Array): Map<number, number | Uint8Array> {
  const fields = new Map<number, number | Uint8Array>()
  let at = 0
  const varint = (): number => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = bytes[at++]
      if (byte === undefined) throw new Error('the end within a number')
      value += (byte % 128) * factor
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    const field = Math.floor(tag / 8)
    if (tag % 8 === 0) fields.set(field, varint())
    else if (tag % 8 === 1) at += 8
    else if (tag % 8 === 5) at += 4
    else if (tag % 8 === 2) {
      const end = varint() + at
      fields.set(field, bytes.subarray(at, end))
      at = end
    } else throw new Error('not a message')
  }
  return fields
}
