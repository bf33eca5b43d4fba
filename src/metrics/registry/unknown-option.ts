/** What stands here for an option that other libraries have: those of prom-client. */
const substitutes: Readonly<Record<string, string>> = {
  aggregator: '"aggregation" in its place',
  ageBuckets: 'nothing in its place: quantiles over the last 1 and 5 minutes are kept by themselves',
  collect: 'the function to observe(): gauge(name).observe(fn)',
  enableExemplars: '"exemplars" in its place',
  labelNames: '"labels" in its place',
  maxAgeSeconds: 'nothing in its place: quantiles over the last 1 and 5 minutes are kept by themselves',
  name: 'the name before the options: counter(name, { help })',
  percentiles: 'nothing in its place: any quantile can be read',
  registers: 'nothing in its place, and declare the metric by a method of the registry: registry.counter(name)',
}

/** What to give in place of an option that a kind does not have. */
export function substituteFor(option: string, known: readonly string[]): string {
  const substitute = Object.hasOwn(substitutes, option) ? substitutes[option] : undefined
  return substitute ?? `no other options than ${known.join(', ')}`
}
