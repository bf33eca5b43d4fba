/** A number in the text format. prom-client spells "not a number" so. */
export function valueText(value: number): string {
  if (Number.isNaN(value)) return 'Nan'
  if (Number.isFinite(value)) return `${value}`
  return value < 0 ? '-Inf' : '+Inf'
}

/** A name or help text, escaped. */
export function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')
}

/** Labels, each as the format has it; those that `others` have, too, are left out. */
export function labelTexts(labels: object, others?: object): string[] {
  return Object.entries(labels)
    .filter(([name]) => others === undefined || !Object.hasOwn(others, name))
    .map(([name, value]) => `${name}="${typeof value === 'string' ? escaped(value).replace(/"/g, '\\"') : value}"`)
}
