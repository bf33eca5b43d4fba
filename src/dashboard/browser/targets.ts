import type { AppView } from './app-view.ts'
import type { Target } from './explore.ts'
import { getJson } from './link.ts'
import { addressOf, processName } from './panels.ts'
import type { AppMetrics, ProcessRow } from './protocol.ts'
import { inOrder } from './state-text.ts'

/** What the page offers to those who search. */
export interface TargetsHost {
  /** The app that is looked at. */
  view(): AppView | undefined
  processes(): readonly ProcessRow[]
  goTo(app: string, process?: string): void
  pin(metric: string): void
}

/** All that can be found by name: the metrics that are looked at, then apps and processes, then the metrics of other apps. */
export class Targets {
  readonly #host: TargetsHost
  #apps: readonly AppMetrics[] = []

  constructor(host: TargetsHost) {
    this.#host = host
  }

  /** Requests the names of the metrics of all apps. */
  async load(): Promise<void> {
    this.#apps = (await getJson<AppMetrics[]>('metrics')) ?? this.#apps
  }

  all(): Target[] {
    const { goTo, pin, processes, view } = this.#host
    const shown = view()
    const own = (shown?.metrics() ?? []).map((metric) => ({
      label: metric,
      hint: 'metric',
      go: () => shown?.go(metric),
      pin: () => pin(metric),
    }))
    const apps = [...new Set(processes().map(({ app }) => app))].sort().map((app) => ({
      label: app,
      hint: 'app',
      go: () => goTo(app),
    }))
    const rows = inOrder(processes()).map((row) => ({
      label: processName(row),
      hint: `${row.state} process of ${row.app}`,
      go: () => goTo(row.app, addressOf(row)),
    }))
    const others = this.#apps.filter(({ app }) => app !== shown?.app)
    return [...own, ...apps, ...rows, ...others.flatMap((one) => this.#metricsOf(one))]
  }

  #metricsOf({ app, metrics }: AppMetrics): Target[] {
    const { goTo, pin, view } = this.#host
    return metrics.map((metric) => ({
      label: metric,
      hint: `metric of ${app}`,
      go: () => {
        goTo(app)
        view()?.go(metric)
      },
      pin: () => {
        goTo(app)
        pin(metric)
      },
    }))
  }
}
