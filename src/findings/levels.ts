import { durationText } from '../formats/table/durations.ts'
import type { PageInfo, PageState } from '../snapshot/snapshot.ts'
import type { Finding } from './finding.ts'

/** How much something needs a person, the most first: what is broken now, what is lost or will break, what is well, what is over. */
export type Level = 'error' | 'warning' | 'live' | 'ended'

/** The mark of a level in every tool, which is read without colour, too. docs/cli.md has this table for users. */
export const marks: Readonly<Record<Level, string>> = { error: '✖', warning: '▲', live: '●', ended: '○' }

/** What a state says by itself: a blocked process answers nobody now, a killed one lost what it was doing. */
const states: Readonly<Record<PageState, { readonly level: Level; readonly became: string }>> = {
  live: { level: 'live', became: 'is live again' },
  blocked: { level: 'error', became: 'is blocked' },
  killed: { level: 'warning', became: 'was killed' },
  exited: { level: 'ended', became: 'exited' },
  archived: { level: 'ended', became: 'is archived' },
}

const order: readonly Level[] = ['error', 'warning', 'live', 'ended']

/** The level of a process: that of its state, or of what is worse about it. */
export function levelOf({ state }: Pick<PageInfo, 'state'>, findings: readonly Finding[] = []): Level {
  let { level } = states[state]
  for (const { severity } of findings) if (severity !== 'note') level = worse(level, severity)
  return level
}

/** The level of a finding; a note adds nothing to the state of its process. */
export function levelOfFinding({ severity, page }: Finding): Level {
  return severity !== 'note' ? severity : page === undefined ? 'ended' : levelOf(page)
}

/** The findings of the worst level first; those of one level stay in their order. */
export function byLevel<One extends Finding>(findings: readonly One[]): One[] {
  return findings.toSorted((a, b) => order.indexOf(levelOfFinding(a)) - order.indexOf(levelOfFinding(b)))
}

/** The worst of some levels. */
export function worstLevel(levels: readonly Level[]): Level {
  return levels.length === 0 ? 'live' : levels.reduce(worse)
}

function worse(a: Level, b: Level): Level {
  return order.indexOf(a) <= order.indexOf(b) ? a : b
}

/** The state, and since when: `live`, `blocked 4.2s`, `killed 45s ago`. `now` in Unix seconds. */
export function stateWords({ state, heartbeatAge, endedAt }: PageInfo, now: number): string {
  const since = state !== 'blocked' && endedAt ? now - endedAt : heartbeatAge
  if (state === 'live' || since === null) return state
  return state === 'blocked' ? `blocked ${durationText(since)}` : `${state} ${durationText(since)} ago`
}

/** The same with the mark in front: `✖ blocked 4.2s`. */
export function markedState(page: PageInfo, now: number, findings: readonly Finding[] = []): string {
  return `${marks[levelOf(page, findings)]} ${stateWords(page, now)}`
}

/** What happened to a process that has come to a state, as a verb: `is blocked`, `was killed`. */
export function becameWords(state: PageState): string {
  return states[state].became
}

/**
 * A finding in a line: `✖ shop 4711: event loop blocked for 4.2s`, `▲ shop 4712 and 9 more: killed by a signal, 45s ago`.
 * `subject`: what the process is called here.
 */
export function findingLine(finding: Finding & { readonly others?: number }, subject?: string): string {
  const { page, rule, text, others = 0 } = finding
  const age = rule === 'killed' ? (page?.heartbeatAge ?? undefined) : undefined
  const more = others === 0 ? '' : ` and ${others} more`
  const ago = age === undefined ? '' : `, ${durationText(age)} ago`
  return `${marks[levelOfFinding(finding)]} ${subject === undefined ? '' : `${subject}${more}: `}${text}${ago}`
}
