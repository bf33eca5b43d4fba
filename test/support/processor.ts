import { childrenByValue, counter, gauge, type Registry, state, statsFor, sumOfChildren, timer } from 'plimsoll'

export const states = ['waitingForTask', 'processing', 'done'] as const

/** The example of scales: a processor and its threads. */
export class Processor {
  readonly stats
  constructor(registry: Registry, path = '/processor') {
    this.stats = statsFor(
      this,
      path,
      {
        threads: gauge({ type: 'int' }),
        finished: sumOfChildren(counter()),
        queued: sumOfChildren(gauge()),
        state: childrenByValue(),
        byPath: sumOfChildren(counter({ labels: ['path'] })),
      },
      { registry },
    )
  }
}

export class TaskThread {
  readonly stats
  constructor(parent: object) {
    this.stats = statsFor(
      this,
      'thread-{}',
      {
        finished: counter(),
        queued: gauge(),
        state: state({ states }),
        byPath: counter({ labels: ['path'] }),
        latency: timer(),
      },
      { parent },
    )
  }
}
