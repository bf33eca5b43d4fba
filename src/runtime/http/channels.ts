import { subscribe, unsubscribe } from 'node:diagnostics_channel'

/**
 * Subscriptions to diagnostics channels of Node and of packages. An error in a subscriber would end the process, so each call
 * is guarded, and a failure is counted.
 */
export class Subscriptions {
  private readonly ends: (() => void)[] = []
  private readonly countFailure: () => void

  constructor(countFailure: () => void) {
    this.countFailure = countFailure
  }

  /** Calls `handle` with each message of a channel, which need not exist in this version of Node. */
  add<Message>(channel: string, handle: (message: Message) => void): void {
    const guarded = this.guard(handle) as (message: unknown) => void
    subscribe(channel, guarded)
    this.ends.push(() => unsubscribe(channel, guarded))
  }

  /** The function itself, but it never throws. */
  guard<Given>(handle: (given: Given) => void): (given: Given) => void {
    return (given) => {
      try {
        handle(given)
      } catch {
        this.countFailure()
      }
    }
  }

  close(): void {
    for (const end of this.ends.splice(0)) end()
  }
}
