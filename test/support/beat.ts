import { closeSync, openSync, writeSync } from 'node:fs'
import type { Clock } from 'plimsoll'
import * as layout from '#src/page/layout.ts'

/** Gives a page of a registry with a clock of its own a heartbeat by that clock: those of `publish` come by the machine's. */
export function beatBy(clock: Clock, file: string): void {
  const fd = openSync(file, 'r+')
  writeSync(fd, new Uint8Array(Float64Array.of(clock.now() / 1000).buffer), 0, 8, layout.monotonicBeatOffset)
  closeSync(fd)
}
