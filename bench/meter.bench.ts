import { emptyCall, measureCalls } from './calls.ts'
import { own } from './own.ts'
import { publishedRegistry } from './published.ts'
import { tell } from './result.ts'
import { bareRivals } from './rivals/bare.ts'

const registry = publishedRegistry()
const bare = bareRivals(registry)
const plimsoll = own(registry)

tell(
  await measureCalls({
    title: 'Meter',
    note: 'Marks one event, or some. What turns marks into rates has a case of its own.',
    reference: 'bare cell',
    bars: [{ contender: 'plimsoll mark()', text: 'within 1.15 x bare cell', most: 1.15, times: 'bare cell' }],
    contenders: [emptyCall, bare.cell, plimsoll.mark, plimsoll.markMany],
  }),
  await measureCalls({
    title: 'Average',
    note: 'Takes a value: without a window, and over the last thousand values.',
    reference: 'bare cell',
    bars: [],
    contenders: [emptyCall, bare.cell, plimsoll.average, plimsoll.averageOverValues],
  }),
)
