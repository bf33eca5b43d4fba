import type { CounterFamilySnapshot, GaugeFamilySnapshot } from '../snapshot/snapshot.ts'
import type { Unreadable } from './message.ts'
import type { Counts } from './publishers.ts'
import type { Outcome } from './received.ts'

/**
 * What became of a message. `taken`: its values are in the sum. `repeated`: it had been taken before. `gap`: one before it is
 * missing, so a full one was asked for. `version`, `length`, `content`: it is not a message of a publisher that this version
 * understands. `crowded`: there are more publishers than there may be.
 */
export type MessageResult = Outcome | Unreadable | 'crowded'

const results: readonly MessageResult[] = ['taken', 'repeated', 'gap', 'version', 'length', 'content', 'crowded']

/** How many messages had which result. */
export type MessageCounts = Record<MessageResult, number>

/** All of them 0. */
export function noMessages(): MessageCounts {
  return Object.fromEntries(results.map((result) => [result, 0])) as MessageCounts
}

/** The own metrics of a collector in addition to the totals, sorted by name; refused handshakes where it hears of them. */
export function ownFamilies(
  messages: MessageCounts,
  { live, gone, archived, returned }: Counts,
  handshakesRefused: number | undefined,
): (CounterFamilySnapshot | GaugeFamilySnapshot)[] {
  const family = { unit: '', labelNames: [] }
  const counter = (name: string, help: string, value: number): CounterFamilySnapshot => {
    return { ...family, kind: 'counter', name, help, series: [{ labels: {}, value }] }
  }
  const refused = 'Connections that were refused, as for wrong keys'
  const returnedHelp = 'Publishers that came back after they were archived, for which a share is missing'
  return [
    counter('plimsoll.zeromq.archived', 'Publishers that are gone and of which only the sums are left', archived),
    ...(handshakesRefused === undefined
      ? []
      : [counter('plimsoll.zeromq.handshakes_refused', refused, handshakesRefused)]),
    {
      ...family,
      kind: 'counter',
      name: 'plimsoll.zeromq.messages',
      help: 'Messages that came in, by what became of them',
      labelNames: ['result'],
      series: results.map((result) => ({ labels: { result }, value: messages[result] })),
    },
    {
      ...family,
      kind: 'gauge',
      name: 'plimsoll.zeromq.publishers',
      help: 'Publishers that live, and that have been silent for too long',
      labelNames: ['state'],
      aggregation: 'sum',
      series: Object.entries({ live, gone }).map(([state, value]) => ({ labels: { state }, value })),
    },
    counter('plimsoll.zeromq.returned', returnedHelp, returned),
  ]
}
