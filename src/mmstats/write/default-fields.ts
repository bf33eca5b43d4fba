import { systemClock } from '../../clock.ts'
import { rejectedLabel } from '../layout.ts'
import { kernelThreadId } from '../names.ts'
import { staticNumber, staticText } from './constant.ts'
import { counter64 } from './integer.ts'
import type { Entry } from './lay-out.ts'

/** What every file says of its writer, of this process and thread and now. */
export function defaultEntries(): Entry[] {
  return [
    ['sys.pid', staticNumber('uint32', process.pid)],
    ['sys.tid', staticNumber('int64', kernelThreadId())],
    ['sys.uid', staticNumber('uint64', process.getuid?.() ?? 0)],
    ['sys.gid', staticNumber('uint64', process.getgid?.() ?? 0)],
    ['org.node.version', staticText(process.version)],
    ['sys.created', staticNumber('float64', systemClock.unixTime())],
    [rejectedLabel, counter64()],
  ]
}
