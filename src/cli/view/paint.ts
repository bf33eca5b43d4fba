import type { Level } from '../../findings/levels.ts'
import { dim } from './terminal.ts'

/** The colour of a text that is about something of this level: red, yellow, green, or dim. */
export function paint(text: string, level: Level): string {
  if (level === 'ended') return dim(text)
  return `\u001b[${level === 'error' ? 31 : level === 'warning' ? 33 : 32}m${text}\u001b[39m`
}
