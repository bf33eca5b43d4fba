import type { Registry } from 'plimsoll'

/** The numbers and texts of a registry by name and labels, `web.hits{path=/}`; those whose name begins with `prefix` and has no further part. */
export function valuesIn(registry: Registry, prefix?: string): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const { name, series } of registry.read().families) {
    if (prefix !== undefined && (!name.startsWith(prefix) || name.slice(prefix.length).includes('.'))) continue
    for (const one of series) {
      const labels = Object.entries(one.labels).map((entry) => entry.join('='))
      values[labels.length === 0 ? name : `${name}{${labels.join()}}`] =
        'value' in one ? one.value : 'count' in one && one.count
    }
  }
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)))
}
