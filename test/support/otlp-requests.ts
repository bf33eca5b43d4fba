import type { FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import type { OtlpEncoding } from '#src/formats/otlp/encoding.ts'
import { otlpChunks, otlpRequest } from '#src/formats/otlp/otlp.ts'
import { startsOf } from '#src/formats/otlp/starts.ts'
import { everyMeasure } from './measures.ts'
import { decodeOtlp, type OtlpMessage } from './otlp.ts'

/** The request of a snapshot, in protobuf and cumulative unless the options say otherwise. */
export function bytesOf(snapshot: Snapshot, options: Partial<OtlpEncoding> = {}): Uint8Array {
  const startOf = startsOf(snapshot.pages)
  const encoding = { encoding: 'protobuf', temporality: 'cumulative', resource: {}, startOf, ...options } as const
  return otlpRequest([...otlpChunks(snapshot, encoding)], encoding.encoding)
}

/** The same, read again. */
export function decoded(snapshot: Snapshot, options: Partial<OtlpEncoding> = {}): OtlpMessage {
  return decodeOtlp(bytesOf(snapshot, options))
}

/** A snapshot of one family. */
export function one(family: object): Snapshot {
  const head = { name: 'x', unit: '', help: '', labelNames: [] }
  return { ...everyMeasure, families: [{ ...head, ...family } as unknown as FamilySnapshot] }
}
