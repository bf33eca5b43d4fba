import { printable } from '../../formats/table/printable.ts'

/** Text that is HTML already. */
export interface Html {
  readonly html: string
}

type Content = Html | string | number | undefined | false | readonly Content[]

/** HTML around values: text is escaped, and shows characters without a width or with a direction of their own as U+FFFD. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  let text = parts[0] as string
  for (const [i, value] of values.entries()) text += textOf(value) + parts[i + 1]
  return { html: text }
}

/** HTML that this package wrote, as it is. */
export function raw(text: string): Html {
  return { html: text }
}

function textOf(value: Content): string {
  if (typeof value === 'string') return escaped(value)
  if (value === undefined || value === false) return ''
  if (typeof value === 'number') return String(value)
  return 'html' in value ? value.html : value.map(textOf).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  const safe = printable(text)
  return /[&<>"']/.test(safe) ? safe.replace(/[&<>"']/g, (character) => entities[character] as string) : safe
}
