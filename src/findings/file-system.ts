import { roomIn } from '../os/room.ts'
import { bytes, type Finding } from './finding.ts'

/** A page begins with about so many bytes. */
const neededBytes = 32 * 1024

/** The finding of a directory of pages whose file system has no room for another page. */
export function fullFileSystem(directory: string): Finding[] {
  const room = roomIn(directory)
  if (room === undefined || room.free >= neededBytes) return []
  return [
    {
      rule: 'file-system-full',
      severity: 'warning',
      text: `the file system of ${directory} is full, ${bytes(room.free)} of ${bytes(room.total)} free`,
      advice:
        'New processes get no page there, and pages no more series. Run "plimsoll clean", enlarge it, or set PLIMSOLL_DIR to another directory.',
    },
  ]
}
