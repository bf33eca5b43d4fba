import { setFlagsFromString } from 'node:v8'

/**
 * When V8 optimizes a function: after so many bytes of its code, or so many calls, 10 to 15 times as many as by default. By
 * version of Node; later ones have a compiler between, which takes less time, and no such flag or no gain of it.
 */
const optimizeLater: Readonly<Record<string, string>> = {
  20: '--interrupt-budget=1000000',
  22: '--invocation-count-for-turbofan=30000',
}

/** Sets V8 up for a command that reads all pages once a second, and has nothing to do in between. */
export function setUpRepeatedReads(): void {
  // What is read is garbage a second later. V8 takes what its first reads kept for long-lived, and puts the lists of all later
  // ones where they are not collected for minutes, with all that is in them.
  setFlagsFromString('--no-allocation-site-pretenuring')
  // To optimize what runs for a few milliseconds each second was more than a third of the CPU time of the first minute.
  const [major = ''] = process.versions.node.split('.')
  const flag = optimizeLater[major]
  if (flag !== undefined) setFlagsFromString(flag)
}
