import type { Delivery, Sink } from 'plimsoll/sinks'
import type { FamilySnapshot, Labels, Snapshot } from 'plimsoll/snapshot'

/** What a sink reported while it sent. */
export interface Delivered {
  bytes: number
  /** Numbers by reason. */
  readonly lost: Record<string, number>
  /** What the send was rejected with. */
  error?: Error
}

/** Sends as `report()` does. */
export async function deliver(sink: Sink, snapshot: Snapshot, seconds = 10): Promise<Delivered> {
  const delivered: Delivered = { bytes: 0, lost: {} }
  try {
    await sink.send(snapshot, deliveryFor(delivered, AbortSignal.timeout(seconds * 1000)))
  } catch (error) {
    delivered.error = error as Error
  }
  return delivered
}

export function deliveryFor(delivered: Delivered, signal: AbortSignal = new AbortController().signal): Delivery {
  return {
    signal,
    sent(bytes) {
      delivered.bytes += bytes
    },
    lost(amount, reason) {
      if (amount > 0) delivered.lost[reason] = (delivered.lost[reason] ?? 0) + amount
    },
  }
}

type Numbers = readonly (readonly [labels: Labels, value: number])[]

export function snapshotAt(takenAt: number, ...families: FamilySnapshot[]): Snapshot {
  return { version: 1, takenAt, pages: [], families }
}

export function family(kind: 'counter' | 'gauge', name: string, numbers: Numbers): FamilySnapshot {
  const labelNames = Object.keys(numbers[0]?.[0] ?? {})
  const series = numbers.map(([labels, value]) => ({ labels, value }))
  return { name, kind, unit: '', help: '', labelNames, aggregation: 'sum', series } as FamilySnapshot
}

/** So many series of one family; `value` by their number. */
export function many(count: number, value: (i: number) => number): Numbers {
  return Array.from({ length: count }, (_, i) => [{ route: `/r${i}`, status: '200' }, value(i)])
}

/** Label values that some protocol refuses, splits or takes for something else. */
export const oddValues: readonly string[] = [
  ...[
    'a b',
    'c.d',
    '/e/f',
    'g;h',
    '~i',
    'j\nk',
    'l\u2003m\u0085n',
    'größe',
    '{o"}',
    '*?[p]',
    '\ud800q',
    '',
    ' r ',
    's|t',
  ],
  ...[
    'u:v',
    'w@x',
    '#y',
    'a,b',
    'ü|c\n1|c',
    'name:1|c',
    '😀',
    'x'.repeat(2 ** 20),
    '__proto__',
    "'",
    '\\',
    '%',
    '$(z)',
  ],
]
