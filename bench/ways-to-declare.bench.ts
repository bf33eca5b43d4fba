import { emptyCall, measureCalls } from './calls.ts'
import { byName, forms, inForm, type Kind, kinds } from './forms.ts'
import { publishedRegistry } from './published.ts'
import { type Bar, type Measurement, tell } from './result.ts'

const registry = publishedRegistry()

const tables: Measurement[] = []
for (const kind of kinds) {
  const reference = `${kind.name} by name`
  const bar = (contender: string): Bar => {
    const most = maxOf(contender, kind)
    return { contender, text: `within ${most.toFixed(2)} x ${reference}`, most, times: reference }
  }
  tables.push(
    await measureCalls({
      title: `Ways to declare: ${kind.name}`,
      note: `Calls ${kind.call.replace(/\(.+/, '()')} of one that is a property: of a collection, of an object whose class has it, of the statistics of an object.`,
      reference,
      bars: Object.keys(forms).map(bar),
      contenders: [
        emptyCall,
        byName(registry, kind),
        ...Object.keys(forms).map((form) => inForm(registry, kind, form)),
      ],
    }),
  )
}
tell(...tables)

/** What counts above takes a store a level: next to a counter much, next to a state or text little. */
function maxOf(form: string, { sum, name }: Kind): number {
  if (sum === undefined || !form.includes('parent')) return 1.1
  if (name === 'state' || name === 'text') return 1.5
  return form.includes('and its parent') ? 2.5 : 2
}
