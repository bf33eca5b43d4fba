import { createRequire } from 'node:module'
import type * as ZeroMq from 'zeromq'
import { PlimsollError, reasonOf } from '../errors.ts'
import { gated } from '../os/thread-gate.ts'

/** The package zeromq, loaded when it is first used. Throws PLIMSOLL_ZEROMQ_MISSING. */
export const loadZeroMq: () => typeof ZeroMq = gated(() => {
  try {
    // At once, as the gate holds no longer. Bundlers to CommonJS leave no URL, but a file name.
    return createRequire(import.meta.url ?? __filename)('zeromq')
  } catch (cause) {
    // Node's own reason names all files that asked for it, in several lines.
    const reason = reasonOf(cause).split('\n')[0]
    throw new PlimsollError('PLIMSOLL_ZEROMQ_MISSING', { reason }, { cause })
  }
})
