import { setFlagsFromString } from 'node:v8'

/**
 * For commands that read all pages once a second: what is read is garbage a second later. V8 takes what its first reads kept for
 * long-lived, and puts the lists of all later ones where they are not collected for minutes, with all that is in them.
 */
export function collectReadsSoon(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}

/**
 * When V8 optimizes a function: after so many bytes of its code, or so many calls, 10 to 15 times as many as by default. By
 * version of Node; later ones have a compiler between, which takes less time, and no such flag or no gain from it.
 */
const laterByVersion: Readonly<Record<string, string>> = {
  20: '--interrupt-budget=1000000',
  22: '--invocation-count-for-turbofan=30000',
}

/**
 * For commands that work for a few milliseconds each second: to optimize what they run was more than a third of the CPU time of
 * `top` from second 15 to 35 on Node 20.
 */
export function optimizeLater(): void {
  const [major = ''] = process.versions.node.split('.')
  const flag = laterByVersion[major]
  if (flag !== undefined) setFlagsFromString(flag)
}
