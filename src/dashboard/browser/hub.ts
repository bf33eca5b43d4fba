import type { Hello, Shown, Tick } from './protocol.ts'

/** What the hub sends to a page. */
export type FromHub =
  | { readonly kind: 'hello'; readonly hello: Hello }
  | { readonly kind: 'tick'; readonly tick: Tick }
  | { readonly kind: 'lost' }

/** What a page sends to the hub. */
export type ToHub =
  | { readonly kind: 'show'; readonly shown: Shown }
  | { readonly kind: 'alive' }
  | { readonly kind: 'bye' }

interface Client {
  shown: Shown
  heard: number
  send(message: FromHub): void
}

/** A page in the background may send this seldom; one that sends nothing for longer is gone without a word. */
const silentMs = 180_000
const gatherMs = 30

/**
 * Holds one event stream for all pages: browsers open only six connections to a server at once. Runs in a worker that the pages
 * share, or in the page where there are no such workers.
 */
export class Hub {
  readonly #clients = new Set<Client>()
  readonly #session = crypto.randomUUID()
  #hello: Hello | undefined
  #isLost = false
  #sent = ''
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    const source = new EventSource(`/events?session=${this.#session}`)
    source.addEventListener('hello', ({ data }: MessageEvent<string>) => {
      this.#hello = JSON.parse(data)
      this.#isLost = false
      this.#sent = ''
      this.#all({ kind: 'hello', hello: this.#hello as Hello })
      void this.#show()
    })
    source.addEventListener('tick', ({ data }: MessageEvent<string>) => this.#tick(JSON.parse(data)))
    source.addEventListener('error', () => {
      this.#isLost = true
      this.#all({ kind: 'lost' })
    })
  }

  /** Adds a page, and returns what takes its messages. */
  join(send: (message: FromHub) => void): (message: ToHub) => void {
    const client: Client = { shown: { all: false, apps: [], tracks: [] }, heard: Date.now(), send }
    this.#clients.add(client)
    if (this.#isLost) send({ kind: 'lost' })
    else if (this.#hello !== undefined) send({ kind: 'hello', hello: this.#hello })
    return (message) => {
      client.heard = Date.now()
      this.#clients.add(client)
      if (message.kind === 'show') client.shown = message.shown
      if (message.kind === 'bye') this.#clients.delete(client)
      if (message.kind !== 'alive') this.#showSoon()
    }
  }

  #all(message: FromHub): void {
    for (const { send } of this.#clients) send(message)
  }

  #tick(tick: Tick): void {
    if (tick.marks.length > 0 && this.#hello !== undefined)
      this.#hello = { ...this.#hello, marks: [...this.#hello.marks, ...tick.marks].slice(-1000) }
    for (const client of this.#clients) {
      if (client.heard < Date.now() - silentMs) {
        this.#clients.delete(client)
        this.#showSoon()
        continue
      }
      const { all, apps, tracks } = client.shown
      const wanted = new Set(tracks)
      const isShown = ({ app }: { app: string }): boolean => all || apps.includes(app)
      const part = {
        ...tick,
        processes: (tick.processes ?? []).filter(isShown),
        findings: (tick.findings ?? []).filter(isShown),
        values: tick.values.filter(([id]) => wanted.has(id)),
      }
      client.send({ kind: 'tick', tick: part })
    }
  }

  /** Several pages and charts change at once what they show. */
  #showSoon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#show(), gatherMs)
  }

  async #show(): Promise<void> {
    const all = [...this.#clients].map(({ shown }) => shown)
    const shown: Shown = {
      all: all.some((one) => one.all),
      apps: [...new Set(all.flatMap(({ apps }) => apps))],
      tracks: [...new Set(all.flatMap(({ tracks }) => tracks))].slice(0, 4000),
    }
    const body = JSON.stringify(shown)
    if (body === this.#sent || this.#hello === undefined || this.#isLost) return
    this.#sent = body
    try {
      const headers = { 'Content-Type': 'application/json' }
      const { ok } = await fetch(`/show?session=${this.#session}`, { method: 'POST', headers, body })
      if (!ok) this.#sent = ''
    } catch {
      this.#sent = ''
    }
  }
}
