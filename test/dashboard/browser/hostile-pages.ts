import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Publication, publish, Registry } from 'plimsoll'

const markup = '<img src=x onerror="document.title=\'hacked\'"><script>document.title="hacked"</script>'
const hostile = [
  markup,
  '\u202Eevil\u202D',
  '\u001b[31mred',
  '"><svg onload=alert(1)>',
  '__proto__',
  'constructor',
  'x'.repeat(10_000),
]

/** A page with hostile names and labels, and two hundred pages of another app. */
export class HostilePages {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'plimsoll-hostile-'))
  readonly many: Publication[] = []
  #page: Publication | undefined
  #timer: NodeJS.Timeout | undefined

  publish(): void {
    const registry = new Registry()
    const hits = registry.counter('hits', { labels: ['what'], help: markup })
    for (const what of hostile) hits.labels({ what }).inc()
    registry.text('note').set(markup)
    const { folder: dir } = this
    this.#page = publish({ registry, dir, app: markup.slice(0, 100), labels: { note: markup } })
    for (let i = 0; i < 200; i++) this.many.push(publish({ registry: new Registry(), dir, app: 'many' }))
    this.#timer = setInterval(() => hits.labels({ what: markup }).inc(), 200)
  }

  end(): void {
    clearInterval(this.#timer)
    for (const each of this.many) each.close()
    this.#page?.close()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 })
  }
}
