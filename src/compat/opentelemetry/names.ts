import { isDottedLabelName, isFamilyName, maxNameLength } from '../../snapshot/names.ts'

/** What OpenTelemetry allows as the name of an instrument. */
const instrumentName = /^[a-z][\w.\-/]{0,254}$/i

/** Labels that say which meter recorded; the first two are those of OpenTelemetry's rules for Prometheus. */
export const scopeLabels = {
  name: 'otel_scope_name',
  version: 'otel_scope_version',
  schemaUrl: 'otel_scope_schema_url',
} as const

const ofScope: ReadonlySet<string> = new Set(Object.values(scopeLabels))

/** Whether OpenTelemetry allows this as the name of an instrument. */
export function isInstrumentName(name: string): boolean {
  return instrumentName.test(name)
}

/**
 * The name of the family of an instrument: `/` becomes `.`, as everywhere in plimsoll, and what a family cannot be called is
 * replaced by `_`. `undefined` where nothing is left.
 */
export function familyNameOf(name: string): string | undefined {
  const parts = name
    .replace(/[^\w.\-/]/g, '_')
    .split(/[./]+/)
    .filter((part) => part !== '')
  const path = parts.join('.')
  const begun = /^[A-Za-z]/.test(path) ? path : `metric_${path}`
  // Those that begin with `plimsoll.` are plimsoll's own.
  const own = begun
    .replace(/^plimsoll\./, 'plimsoll_')
    .slice(0, maxNameLength)
    .replace(/\.$/, '')
  return path !== '' && isFamilyName(own) ? own : undefined
}

/**
 * The label name of an attribute: its key, with `_` for characters that a label name cannot have. Keys with a meaning of
 * their own get `label_` in front, as in the Prometheus formats; `process` where gauges get a label of that name.
 */
export function labelNameOf(key: string, isByProcess: boolean): string {
  const isOwn = ofScope.has(key) || (isByProcess && key === 'process')
  const name = key.slice(0, maxNameLength).replace(/[^\w.]/g, '_')
  if (!isOwn && isDottedLabelName(name)) return name
  const plain = name.replaceAll('.', '_')
  return !isOwn && isDottedLabelName(plain) ? plain : `label_${plain}`.slice(0, maxNameLength)
}
