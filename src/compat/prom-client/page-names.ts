import { maxHelpLength, maxLabels } from '../../snapshot/limits.ts'
import { isFamilyName, isLabelName, maxNameLength } from '../../snapshot/names.ts'

/** The name that a metric has in the page: that of prom-client where plimsoll takes it, as it does but for `:` and a `_` in front. */
export function pageName(name: string): string {
  if (isFamilyName(name as unknown)) return name
  const legal = name.replaceAll(':', '_').replace(/^[_\d]+/, '')
  return (legal === '' ? 'metric' : legal).slice(0, maxNameLength)
}

/** The name of each label in the page, and the one that it was declared with. */
export function pageLabels(names: readonly string[]): readonly (readonly [page: string, declared: string])[] {
  const known = new Map<string, string>()
  for (const name of new Set(names)) {
    const legal = isLabelName(name as unknown) ? name : `label_${name.replace(/^_+/, '')}`.slice(0, maxNameLength - 3)
    let page = legal
    for (let i = 2; known.has(page); i++) page = `${legal}_${i}`
    known.set(page, name)
  }
  return [...known].slice(0, maxLabels)
}

/** The text that describes a metric in the page. */
export function pageHelp(help: unknown): string {
  return `${help}`.slice(0, maxHelpLength)
}

/** The unit that a name ends in, so that tables show `12 ms` and not `0.012`. */
export function unitOf(name: string): string {
  if (/_seconds(_total)?$/.test(name)) return 's'
  return /_bytes(_total)?$/.test(name) ? 'By' : ''
}
