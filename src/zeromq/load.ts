import type * as ZeroMq from 'zeromq'
import { PlimsollError, reasonOf } from '../errors.ts'
import { requirePackage } from '../os/require-package.ts'
import { gated } from '../os/thread-gate.ts'

/** The package zeromq, loaded when it is first used. Throws PLIMSOLL_ZEROMQ_MISSING. */
export const loadZeroMq: () => typeof ZeroMq = gated(() => {
  try {
    // At once, as the gate holds no longer.
    return requirePackage('zeromq') as typeof ZeroMq
  } catch (cause) {
    // Node's own reason names all files that asked for it, in several lines.
    const reason = reasonOf(cause).split('\n')[0]
    throw new PlimsollError('PLIMSOLL_ZEROMQ_MISSING', { reason }, { cause })
  }
})
