import type { Finding } from '../findings/finding.ts'
import type { ProcessHistory } from './history/process-history.ts'
import { type SlowerFinding, slowerRequests } from './slower.ts'

/** What is found in the last minute comes and goes: back after so many seconds, it has not been away. */
const awaySeconds = 60
/** What is found so soon after the first read may have been so before it. */
const firstSeconds = 10
/** All points of the past are looked at, of all processes: after an hour, 660 of each. */
const slowerEverySeconds = 15

/** A finding, and since when it has been so, in Unix seconds. */
export type DatedFinding = Finding & { readonly since?: number; readonly orBefore?: boolean }

interface Known {
  readonly since: number
  readonly orBefore: boolean
  last: number
}

/** What is wrong with each process, as its page shows it now and its past shows it, and since when. */
export class ProcessFindings {
  /** By rule, of each process. */
  readonly #known = new Map<ProcessHistory, Map<string, Known>>()
  readonly #slower = new Map<ProcessHistory, SlowerFinding>()
  #begun: number | undefined
  #nextSlower = 0

  /** Notes what was found at a read. */
  take(processes: Iterable<ProcessHistory>, tick: number): void {
    this.#begun ??= tick
    const present = new Set<ProcessHistory>()
    for (const process of processes) {
      present.add(process)
      if (process.findings.length > 0) this.#note(process, tick)
    }
    for (const process of this.#known.keys()) if (!present.has(process)) this.#known.delete(process)
  }

  #note(process: ProcessHistory, tick: number): void {
    const rules = this.#known.get(process) ?? new Map<string, Known>()
    this.#known.set(process, rules)
    const begun = this.#begun ?? tick
    for (const { rule } of process.findings) {
      const known = rules.get(rule)
      if (known !== undefined && known.last >= tick - awaySeconds) {
        known.last = tick
        continue
      }
      const { startedAt, heartbeatAge } = process.page
      const isBlocked = rule === 'blocked' && heartbeatAge !== null
      const orBefore = !isBlocked && startedAt < begun && tick <= begun + firstSeconds
      const since = isBlocked ? Math.floor(tick - heartbeatAge) : orBefore ? begun : tick
      rules.set(rule, { since, orBefore, last: tick })
    }
  }

  /** Looks for requests that have become slower: not often, as all of the past is looked at. */
  look(processes: Iterable<ProcessHistory>, tick: number): void {
    if (tick < this.#nextSlower) return
    this.#nextSlower = tick + slowerEverySeconds
    this.#slower.clear()
    for (const process of processes) {
      const found = slowerRequests(process, tick)
      if (found !== undefined) this.#slower.set(process, found)
    }
  }

  of(process: ProcessHistory): DatedFinding[] {
    const rules = this.#known.get(process)
    const found = process.findings.map((finding): DatedFinding => {
      const known = rules?.get(finding.rule)
      if (known === undefined) return finding
      return { ...finding, since: known.since, ...(known.orBefore && { orBefore: true }) }
    })
    const slower = this.#slower.get(process)
    // Users notice it first.
    return slower === undefined ? found : [slower, ...found]
  }
}
