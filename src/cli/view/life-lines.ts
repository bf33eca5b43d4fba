import type { Life, Lives } from '../../compare/lives.ts'
import { findingsOf } from '../../findings/findings.ts'
import { levelOf, marks } from '../../findings/levels.ts'
import { cut, printable } from '../../formats/table/printable.ts'
import { workerName } from '../select/names.ts'

/** How a process ended or that it began: plain data, for programs. */
export interface LifeChange {
  readonly process: string
  readonly state: string
  /** When, in Unix seconds. */
  readonly at?: number
  /** What happened: `exited`, `killed by a signal, no sign of an error`, `started`. */
  readonly text: string
}

const maxLines = 5

/** What happened to processes, those that ended first. */
export function lifeChanges({ ended, began }: Lives): LifeChange[] {
  return [...ended.map((life) => changeOf(life, endText(life))), ...began.map((life) => changeOf(life, 'started'))]
}

function changeOf({ page, at }: Life, text: string): LifeChange {
  // Of one that is in an archive its name is that of a process all the same.
  const process = workerName({ ...page, state: 'exited' })
  return { process, state: page.state, ...(at !== undefined && { at }), text }
}

/** Of one of several processes that are added up nothing more is known. */
function endText({ page, snapshot }: Life): string {
  if (page.state === 'archived') return 'ended'
  const known = snapshot.pages.length === 1 ? findingsOf(snapshot) : []
  return known.find(({ rule }) => rule === 'killed')?.text ?? page.state
}

/** A line for each: `▲ shop 4711: killed by a signal, no sign of an error, at 03:12:44`. */
export function lifeLines(lives: Lives, width: number): string[] {
  const changes = lifeChanges(lives)
  const pages = [...lives.ended, ...lives.began].map(({ page }) => page)
  const lines = changes.slice(0, maxLines).map(({ process, text, at }, i) => {
    const mark = marks[levelOf(pages[i] as Life['page'])]
    const time = at === undefined ? '' : ` at ${new Date(at * 1000).toTimeString().slice(0, 8)}`
    return cut(printable(`${mark} ${process}: ${text}${text.includes(',') ? ',' : ''}${time}`), width)
  })
  const more = changes.length - lines.length
  return more > 0 ? [...lines, `  … and ${more} more that ended or started`] : lines
}
