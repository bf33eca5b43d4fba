// An app that counts with prom-client.
import { listPages, readPage } from 'plimsoll/page'

const library = `const { Counter } = require('prom-client')
exports.requests = new Counter({ name: 'required_total', help: 'Requests' })`
const app = `import client, { Counter, register } from 'prom-client'
import { requests } from './library.cjs'
requests.inc(2)
new client.Counter({ name: 'imported_total', help: 'Requests' }).inc(3)
if (client.register !== register || client.Counter !== Counter) throw new Error('two copies')
const text = await register.metrics()
if (!text.includes('required_total 2') || !text.includes('imported_total 3')) throw new Error(text)`

/** The counters of all pages of a directory. */
export function counters(dir: string): unknown {
  const families = listPages(dir).flatMap((file) => readPage(file).families)
  const all = families.filter(({ kind, name }) => kind === 'counter' && name.endsWith('d_total'))
  return Object.fromEntries(all.map(({ name, series }) => [name, (series as readonly { value: number }[])[0]?.value]))
}

/** A counter by `require`, by `import`, and the text of `register`, which must have both. */
export const files = { 'package.json': { name: 'shop', type: 'module' }, 'library.cjs': library, 'app.js': app }

/** What {@link counters} are then. */
export const recorded = { imported_total: 3, required_total: 2 }
