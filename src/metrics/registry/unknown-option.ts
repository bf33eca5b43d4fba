const recentInstead = 'Quantiles over the last 1 and 5 minutes are kept without it.'

/** What replaces the options of prom-client, by their names. */
export const promClientOptions: Readonly<Record<string, string>> = {
  aggregator: 'Did you mean "aggregation"?',
  ageBuckets: recentInstead,
  collect: 'Pass the function to observe(): gauge(name).observe(fn).',
  enableExemplars: 'Did you mean "exemplars"?',
  labelNames: 'Did you mean "labels"?',
  maxAgeSeconds: recentInstead,
  name: 'Pass the name before the options: counter(name, { help }).',
  percentiles: 'Any quantile can be read without it.',
  registers: 'Declare the metric by a method of the registry: registry.counter(name).',
}
