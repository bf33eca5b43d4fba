import { emptyCall, measureCalls } from './calls.ts'
import { mmstatsFields } from './mmstats.ts'
import { publishedRegistry } from './published.ts'
import { tell } from './result.ts'
import { bareRivals } from './rivals/bare.ts'

const bare = bareRivals(publishedRegistry())
const { set, add, inc } = mmstatsFields

tell(
  await measureCalls({
    title: 'Fields of mmstats files',
    note: 'One call on a field of a file in the format of mmstats, which is packed, so nothing in it is aligned; the value goes into the buffer that does not count, which is then made to.',
    reference: 'bare cell',
    bars: [
      { contender: set.name, text: 'within 2 x bare cell', most: 2, times: 'bare cell' },
      { contender: add.name, text: 'within 2 x bare cell', most: 2, times: 'bare cell' },
    ],
    contenders: [emptyCall, bare.store, bare.cell, set, add, inc],
  }),
)
