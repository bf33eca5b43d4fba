import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'

/**
 * Subscriptions to diagnostics channels of Node and of packages. An error in a subscriber would end the process, so each call
 * is guarded, and a failure is counted.
 */
export class Subscriptions {
  private readonly ends: (() => void)[] = []
  /** Those that wait for the end of a connection. */
  private readonly listeners = new Map<EventEmitter, () => void>()
  private readonly countFailure: () => void

  constructor(countFailure: () => void) {
    this.countFailure = countFailure
  }

  /** Calls `handle` with each message of a channel, which need not exist in this version of Node. */
  add<Message>(channel: string, handle: (message: Message) => void): void {
    this.addGuarded(channel, this.guard(handle))
  }

  /** The same with a function that never throws: one call less for each request. */
  addGuarded<Message>(channel: string, handle: (message: Message) => void): void {
    const handler = handle as (message: unknown) => void
    subscribe(channel, handler)
    this.ends.push(() => unsubscribe(channel, handler))
  }

  /** Calls `handle` when this emits `close`, unless all is closed before: then nothing is left of it. Never throws. */
  atClose(emitter: EventEmitter, handle: () => void): void {
    const guarded = this.guard(() => {
      this.listeners.delete(emitter)
      handle()
    }) as () => void
    this.listeners.set(emitter, guarded)
    emitter.once('close', guarded)
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
    for (const [emitter, listener] of this.listeners) emitter.off('close', listener)
    this.listeners.clear()
  }
}
