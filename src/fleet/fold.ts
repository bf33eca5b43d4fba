import type { PlimsollError } from '../errors.ts'

/** What a call of `fold` did. */
export interface Folding {
  /** The pages whose numbers went into the ledger. */
  readonly folded: readonly string[]
  /** The pages that were removed, as they had been folded before and had stayed. */
  readonly removed: readonly string[]
  /** Why folding was put off; reading goes on. */
  readonly error: PlimsollError | undefined
}
