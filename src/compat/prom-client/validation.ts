/** Whether Prometheus takes this name of a metric: letters, digits, `_` and `:`, no digit first. */
export function validateMetricName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)
}

/** Whether Prometheus takes this name of a label. */
export function isLabelName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)
}
