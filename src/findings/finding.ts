import { humanNumber } from '../formats/table/human-number.ts'
import type { PageInfo } from '../snapshot/snapshot.ts'

/** `error`: something does not work; `warning`: it soon will not, or works badly; `note`: something to know. */
export type Severity = 'error' | 'warning' | 'note'

/** Something about a process that a person should know, in words. */
export interface Finding {
  /** Which rule found it: `blocked`, `heap`. Stays the same. */
  readonly rule: string
  readonly severity: Severity
  /** Whose page shows it; absent for what is about several. */
  readonly page?: PageInfo
  /** What is so, without its subject: `event loop blocked for 4.2 s`. */
  readonly text: string
  /** What to do about it, as a sentence. */
  readonly advice: string
}

/** What a rule returns: the page is added by who calls it. */
export type Found = Omit<Finding, 'page'>

const order: readonly Severity[] = ['error', 'warning', 'note']

/** The worst first; those of one severity stay in their order. */
export function bySeverity<One extends Finding>(findings: readonly One[]): One[] {
  return findings.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
}

/** The same finding of more processes of an app than this is one line: after a crash loop there may be a hundred. */
const fewAlike = 3

/** A finding, how many other processes of the app have the same, and all that it is said of, itself included. */
export type FoldedFinding<One extends Finding = Finding> = One & {
  readonly others: number
  readonly alike: readonly One[]
}

/** What is found alike of many processes of an app once, as of the one that it was seen of last; the order stays. */
export function folded<One extends Finding>(findings: readonly One[]): FoldedFinding<One>[] {
  const groups = new Map<string, One[]>()
  for (const one of findings) {
    const key = JSON.stringify([one.rule, one.text, one.page?.app])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return [...groups.values()].flatMap((group) => {
    if (group.length <= fewAlike) return group.map((one) => ({ ...one, others: 0, alike: [one] }))
    const last = group.reduce((latest, one) => (ageOf(one) < ageOf(latest) ? one : latest))
    return [{ ...last, others: group.length - 1, alike: group }]
  })
}

function ageOf({ page }: Finding): number {
  return page?.heartbeatAge ?? 0
}

/** `93 %`; below 10 % with a decimal place. */
export function percent(share: number): string {
  const value = share * 100
  return `${value > 0 && value < 9.95 ? Number(value.toFixed(1)) : Math.round(value)} %`
}

/** `4.20 s`, `820 ms`. */
export function time(seconds: number): string {
  return humanNumber(seconds, 's')
}

/** `1.30 GiB`. */
export function bytes(count: number): string {
  return humanNumber(count, 'By')
}

/** `1 value`, `1,234 values`. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${humanNumber(count, '')} ${count === 1 ? one : several}`
}
