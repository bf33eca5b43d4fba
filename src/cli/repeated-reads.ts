import { setFlagsFromString } from 'node:v8'

/**
 * For commands that read all pages once a second: what is read is garbage a second later. V8 takes what its first reads kept for
 * long-lived, and puts the lists of all later ones where they are not collected for minutes, with all that is in them.
 */
export function collectReadsSoon(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
