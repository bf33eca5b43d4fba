import type * as ZeroMq from 'zeromq'
import { PlimsollError, reasonOf } from '../../errors.ts'

/** The package zeromq, loaded when it is first used. Throws PLIMSOLL_ZEROMQ_MISSING. */
export async function loadZeroMq(): Promise<typeof ZeroMq> {
  try {
    return await import('zeromq')
  } catch (cause) {
    // Node's own reason names all files that asked for it, in several lines.
    const reason = reasonOf(cause).split('\n')[0]
    throw new PlimsollError('PLIMSOLL_ZEROMQ_MISSING', { reason }, { cause })
  }
}
