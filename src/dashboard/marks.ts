import { becameWords, type Level, marks, stateWords } from '../findings/levels.ts'
import { isAlive } from '../snapshot/page-state.ts'
import type { PageInfo, Snapshot } from '../snapshot/snapshot.ts'
import type { Mark } from './browser/protocol.ts'

/** What stands for each kind of event: the mark of its level, but for what is no state. */
const levels: Readonly<Record<Mark['kind'], Level>> = {
  start: 'live',
  deploy: 'live',
  exit: 'ended',
  kill: 'warning',
  blocked: 'error',
  overflow: 'warning',
}
const deployed = '◆'

const maxMarks = 1000
/** Infos of the runtime, which differ between processes of one deploy as well. */
const ofRuntime = /^(nodejs|process|v8js|plimsoll)\./

interface Seen {
  readonly state: PageInfo['state']
  readonly overflowing: ReadonlySet<string>
  /** The mark of a block that has not ended. */
  readonly blocked?: Mark
}

/** What happened to processes, from one read of their pages to the next. */
export class Marks {
  readonly all: Mark[] = []
  readonly #seen = new Map<number, Seen>()
  /** What was deployed last, by app. */
  readonly #deployed = new Map<string, string>()
  /** Marks of the read under way, or changed by it. */
  #fresh: Mark[] = []

  /** The marks that came since the last call. */
  takeFresh(): Mark[] {
    return this.#fresh.splice(0)
  }

  /** @param id number of the process. */
  take(id: number, { pages: [page], families, takenAt }: Snapshot): void {
    if (page === undefined || page.state === 'archived') return
    const before = this.#seen.get(id)
    const add = (kind: Mark['kind'], time: number, text: string): Mark => this.#add(id, page.app, kind, time, text)
    if (before === undefined) add('start', page.startedAt, `${nameOf(page)} started`)
    const overflowing = new Set(before?.overflowing)
    for (const { name, series } of families) {
      if (overflowing.has(name) || !series.some(({ labels }) => labels.overflow === 'true')) continue
      overflowing.add(name)
      add('overflow', takenAt, `${name} has more series than its limit`)
    }
    if (isAlive(page)) this.#deploy(id, page, families)
    const silence = page.heartbeatAge ?? 0
    let blocked = before?.blocked
    if (page.state === 'blocked') {
      const text = `${nameOf(page)} ${stateWords(page, takenAt)}`
      blocked = blocked === undefined ? add('blocked', takenAt - silence, text) : this.#change(blocked, text)
    } else blocked = undefined
    this.#end(page, before?.state, takenAt, add)
    this.#seen.set(id, { state: page.state, overflowing, ...(blocked && { blocked }) })
  }

  /** The page of a process was removed, which happens only after the process has ended. */
  gone(id: number, page: PageInfo, now: number): void {
    const before = this.#seen.get(id)
    if (before === undefined || !(before.state === 'live' || before.state === 'blocked')) return
    this.#seen.set(id, { ...before, state: 'exited' })
    this.#add(id, page.app, 'exit', now, `${nameOf(page)} ended, its page was removed`)
  }

  #end(
    page: PageInfo,
    before: PageInfo['state'] | undefined,
    takenAt: number,
    add: (kind: Mark['kind'], time: number, text: string) => Mark,
  ): void {
    if (page.state === before) return
    const last = page.endedAt ?? takenAt - (page.heartbeatAge ?? 0)
    const text = `${nameOf(page)} ${becameWords(page.state)}`
    if (page.state === 'exited') add('exit', last, text)
    if (page.state === 'killed') add('kill', last, text)
  }

  /** A process with other labels or infos than those before it: a new version, mostly. */
  #deploy(id: number, page: PageInfo, families: Snapshot['families']): void {
    if (this.#seen.has(id)) return
    const infos = families.filter(({ kind, name }) => kind === 'info' && !ofRuntime.test(name))
    const said = [page.labels ?? {}, ...infos.flatMap(({ series }) => series.map(({ labels }) => labels))]
    const now = JSON.stringify(said)
    const before = this.#deployed.get(page.app)
    this.#deployed.set(page.app, now)
    if (before === undefined || before === now) return
    const text = said.flatMap((labels) => Object.entries(labels).map(([name, value]) => `${name} ${value}`)).join(', ')
    this.#add(id, page.app, 'deploy', page.startedAt, `${page.app} deployed: ${text || 'no labels'}`)
  }

  #add(process: number, app: string, kind: Mark['kind'], time: number, text: string): Mark {
    const level = levels[kind]
    const sign = kind === 'deploy' ? deployed : marks[level]
    const mark: Mark = { time, kind, level, sign, app, process, text: text.slice(0, 300) }
    this.all.push(mark)
    if (this.all.length > maxMarks) this.all.shift()
    this.#fresh.push(mark)
    return mark
  }

  #change(mark: Mark, text: string): Mark {
    const changed = { ...mark, text: text.slice(0, 300) }
    const at = this.all.indexOf(mark)
    if (at !== -1) this.all[at] = changed
    this.#fresh.push(changed)
    return changed
  }
}

function nameOf({ app, pid, tid }: PageInfo): string {
  return `${app} ${pid}${tid === 0 ? '' : `/${tid}`}`
}
