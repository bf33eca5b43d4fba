/** Whether Prometheus takes this name of a metric: letters, digits, `_` and `:`, no digit first. */
export function validateMetricName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)
}

/** Whether Prometheus takes these names of labels. */
export function areLabelNames(names: readonly string[]): boolean {
  return names.every((name) => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))
}
