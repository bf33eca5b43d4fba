/**
 * Preloaded into the process of each test file by `npm test -- --times`: at its end it notes the CPU time that it and the processes
 * it waited for have used. Linux only.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.argv[1]
// What a test starts may inherit the option that loads this.
if (isMainThread && file?.endsWith('.test.js')) process.on('exit', note)

function note() {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  const own = (userCPUTime + systemCPUTime) / 1e6
  // Fields 16 and 17 of the line, in ticks of 10 ms; the name of the program, which may hold spaces, ends with the last parenthesis.
  const fields = readFileSync('/proc/self/stat', 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ')
  const children = (Number(fields[13]) + Number(fields[14])) / 100
  appendFileSync(process.env.PLIMSOLL_TEST_TIMES, `${JSON.stringify({ file, own, children })}\n`)
}
