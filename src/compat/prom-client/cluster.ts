import { fleet } from '../../fleet/fleet.ts'
import { fleetMetrics } from './fleet-metrics.ts'
import { collectAll, publishNow } from './publishing.ts'
import { type AnyRegistry, Registry } from './registry.ts'
import type { RegistryContentType } from './types.ts'

/**
 * The registry of all processes and threads of the app. Any of them may ask, the primary is no exception: the answer comes from
 * their pages, so nothing is sent, none of them is waited for, and what ended processes counted is in it.
 */
export class ClusterRegistry<T extends RegistryContentType = RegistryContentType> extends Registry<T> {
  private readonly pending = new Set<Promise<string>>()

  /** The metrics of all processes and threads as one text, each as its aggregator has it. */
  clusterMetrics(): Promise<string> {
    const answer = this.readAll().finally(() => this.pending.delete(answer))
    this.pending.add(answer)
    return answer
  }

  /** Resolves when all answers are there. Nothing else waits to be sent: the last values of a process are in its page. */
  async shutdown(_timeout?: number): Promise<void> {
    await Promise.allSettled(this.pending)
  }

  private async readAll(): Promise<string> {
    publishNow()
    collectAll()
    const source = fleet()
    try {
      const metrics = fleetMetrics(await source.read())
      return metrics.length === 0 ? '' : await Registry.aggregate([metrics], this.contentType).metrics()
    } finally {
      source.close()
    }
  }

  /** Checks that these are registries. All registries are in the page, so there is none to choose. Throws a TypeError. */
  static setRegistries(registries: AnyRegistry[] | AnyRegistry): void {
    for (const registry of [registries].flat()) {
      if (!(registry instanceof Registry)) throw new TypeError(`Expected Registry, got ${typeof registry}`)
    }
  }
}

/** The same, by the name that prom-client has for the registry of worker threads. */
export class WorkerRegistry<T extends RegistryContentType = RegistryContentType> extends ClusterRegistry<T> {
  /** @param _primary has no effect: any thread may ask. */
  constructor(contentType?: RegistryContentType, _primary?: boolean) {
    super(contentType)
  }

  /** The metrics of all processes and threads as one text, as {@link ClusterRegistry.clusterMetrics} has it. */
  workerMetrics(): Promise<string> {
    return this.clusterMetrics()
  }

  /** How many worker threads there are whose pages are live, in all processes of the app. */
  static workerCount(): number {
    const source = fleet()
    try {
      const { pages } = source.read()
      return pages.filter(({ tid, state }) => tid !== 0 && (state === 'live' || state === 'blocked')).length
    } finally {
      source.close()
    }
  }
}
