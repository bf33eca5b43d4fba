import { basename } from 'node:path'
import { takeStack } from '../../http/profile/main-thread.ts'
import { openInspector } from '../inspect/inspector.ts'
import { pageOf } from '../select/page-snapshots.ts'
import type { Moment } from './moment.ts'
import { keyOf } from './process-row.ts'

/** What the main thread of a process is in at this moment, in a few words: `parse() cart.js:12`. Throws a PlimsollError. */
export async function blockedStack({ snapshots }: Moment, key: string): Promise<string> {
  const snapshot = snapshots.find((one) => keyOf(pageOf(one)) === key)
  if (snapshot === undefined) throw new Error('It has ended.')
  const inspector = await openInspector(snapshot)
  try {
    const frames = await takeStack(async () => inspector)
    const frame = frames.find(({ place }) => place !== '' && !place.startsWith('node:')) ?? frames[0]
    return frame === undefined ? 'nothing: it waits for events' : `${frame.name} ${basename(frame.place)}`.trim()
  } finally {
    await inspector.close()
  }
}
