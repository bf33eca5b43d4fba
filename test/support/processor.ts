import type { Registry } from 'plimsoll'
import { childrenByValue, statsFor, sumOfChildren, template } from 'plimsoll/objects'

export const states = ['waitingForTask', 'processing', 'done'] as const

/** The example of scales: a processor and its threads. */
export class Processor {
  readonly stats
  constructor(registry: Registry, path = '/processor') {
    this.stats = statsFor(
      this,
      path,
      {
        threads: template.gauge({ type: 'int' }),
        finished: sumOfChildren(template.counter()),
        queued: sumOfChildren(template.gauge()),
        state: childrenByValue(),
        byPath: sumOfChildren(template.counter({ labels: ['path'] })),
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
        finished: template.counter(),
        queued: template.gauge(),
        state: template.state({ states }),
        byPath: template.counter({ labels: ['path'] }),
        latency: template.timer(),
      },
      { parent },
    )
  }
}
