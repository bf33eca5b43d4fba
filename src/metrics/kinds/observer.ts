import type { Owner } from '../registry/owner.ts'
import { isThenable } from './thenable.ts'

/** A function of the app that a gauge takes its value from. */
export class Observer {
  private readonly observe: () => unknown
  private readonly take: (value: unknown) => void
  private readonly owner: Owner
  /** From the call until there is a value, which may be never. */
  private pending = false

  constructor(observe: () => unknown, take: (value: unknown) => void, owner: Owner) {
    this.observe = observe
    this.take = take
    this.owner = owner
  }

  /** Asks for a value, unless the last one is still to come: that is counted, each time. Never throws. */
  sample(): void {
    if (this.pending) {
      this.fail()
      return
    }
    this.pending = true
    try {
      const value = this.observe()
      if (isThenable(value)) this.wait(value)
      else this.end(value)
    } catch {
      this.pending = false
      this.fail()
    }
  }

  private wait(value: PromiseLike<unknown>): void {
    Promise.resolve(value).then(
      (settled) => this.end(settled),
      () => {
        this.pending = false
        this.fail()
      },
    )
  }

  private end(value: unknown): void {
    this.pending = false
    this.take(value)
  }

  private fail(): void {
    this.owner.countFailure('observer')
  }
}
