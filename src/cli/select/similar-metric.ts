import { suggestion } from '../../nearest.ts'
import { readingsOf } from '../../snapshot/selector-match.ts'
import type { Selector } from '../../snapshot/selector-type.ts'

/** `Did you mean "http.latency"? `, of a selector that chooses none of these metrics; empty where none has a similar name. */
export function similarMetric(selector: Selector, metrics: readonly string[]): string {
  // The last reading has no statistic in its name: `htpp.latency.1m.p99` is compared as `htpp.latency`.
  const names = readingsOf(selector).map(({ family }) => family)
  return names.toReversed().reduce((found, name) => found || suggestion(name, metrics), '')
}
