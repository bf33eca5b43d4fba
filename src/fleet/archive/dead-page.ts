import { closeSync, lstatSync, readSync } from 'node:fs'
import type { Clock } from '../../clock.ts'
import { openTrusted } from '../../os/trusted-file.ts'
import { headerBytes } from '../../page/layout.ts'
import { hasWriter, maxSilenceSeconds, retire } from '../../page/life.ts'
import { flushOwn } from '../../page/own-pages.ts'
import { checkHeader, type Header, hasClockOf, readWriter, silenceOf } from '../../page/read/header.ts'
import { readPage } from '../../page/read/reader.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { cumulativeOnly, sanitize } from '../../snapshot/totals.ts'

/** Which pages are those of the dead. */
export interface DeadPageOptions {
  /** Only pages of this app. Default: all. */
  readonly app: string | undefined
  readonly clock: Clock
  /** Seconds for which a writer without a lock must have shown no sign of life. */
  readonly silentSeconds: number
}

/** Of which app a page is, and when something was last removed from it that archives are to forget. */
export function aboutPage(file: string): { readonly app: string; readonly cleared: number } | undefined {
  let fd: number | undefined
  flushOwn(file)
  try {
    fd = openTrusted(file).fd
    const block = Buffer.alloc(headerBytes)
    readSync(fd, block, 0, headerBytes, 0)
    return { app: readWriter(file, block).app, cleared: checkHeader(file, block).cleared }
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** Seconds since the last sign of life, or the end, which clocks that are set do not change where nobody wrote an end. */
function silenceAtEnd(header: Header, startedAt: number, clock: Clock): number {
  const { heartbeat, ended } = header
  if (ended === 0 && hasClockOf(header, clock)) return silenceOf(header, clock) ?? 0
  // A heartbeat in the future is from before the clock was set back: a living writer has stored another one since.
  return Math.abs(clock.unixTime() - (Math.max(heartbeat, ended) || startedAt))
}

/**
 * What adds up of a page whose writer is gone and was silent for long enough; `undefined` for any other, and for what cannot
 * be read. Throws nothing.
 */
export function readDeadPage(file: string, { app, clock, silentSeconds }: DeadPageOptions): Snapshot | undefined {
  let fd: number | undefined
  try {
    const opened = openTrusted(file)
    fd = opened.fd
    const { ino, dev } = opened.stats
    const block = Buffer.alloc(headerBytes)
    readSync(fd, block, 0, headerBytes, 0)
    const header = checkHeader(file, block)
    const { isWritten } = header
    const writer = readWriter(file, block)
    if (app !== undefined && writer.app !== app) return undefined
    const silence = silenceAtEnd(header, writer.startedAt, clock)
    if (silence < silentSeconds) return undefined
    // Where locks cannot be asked for, no writer of a mapped page is known to be dead.
    if (hasWriter(fd) ?? (!isWritten || silence < maxSilenceSeconds(true))) return undefined
    retire(file, opened)
    const snapshot = readPage(file, { clock })
    // A mapped page is locked until its writer is gone, or has given the name to a page that took its place and is locked:
    // if the lock is free and the name still refers to this file, no process will ever write to the page again.
    const there = lstatSync(file)
    if (there.ino !== ino || there.dev !== dev || snapshot.pages.some(isAlive)) return undefined
    return sanitize(cumulativeOnly(snapshot))
  } catch {
    // Damaged, owned by another user, or gone: reading reports it.
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
