import { printable } from '../../formats/table/printable.ts'

/**
 * Text of a machine-readable format on its way to stdout: untouched in a pipe, where each byte counts; on a terminal
 * without anything that could act on it, but for its line ends.
 */
export function safeLines(text: string, columns: number | undefined): string {
  return columns === undefined ? text : text.split('\n').map(printable).join('\n')
}

/** ANSI bold. */
export function bold(text: string): string {
  return `\u001b[1m${text}\u001b[22m`
}

/** ANSI dim. */
export function dim(text: string): string {
  return `\u001b[2m${text}\u001b[22m`
}
