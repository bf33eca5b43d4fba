import {
  formatVersion,
  headerBytes,
  headerBytesOffset,
  magic,
  textBytes,
  textOffset,
  versionOffset,
  writerBytesOffset,
  writerOffset,
} from '../layout.ts'
import type { WriterLine } from '../log.ts'
import type { WrittenBytes } from '../storage.ts'

/** Fills the header of a new page and maps it. Throws where the page cannot have one. */
export function writeHeader(page: WrittenBytes, writer: WriterLine): ArrayBuffer {
  const bytes = Math.max(headerBytes, page.granularity)
  page.extend(0, bytes)
  const header = Buffer.alloc(headerBytes)
  header.fill(' ', textOffset, textOffset + textBytes)
  header.write(magic, 0, 'latin1')
  const about =
    'The metrics of one thread of a Node process; "plimsoll show FILE" prints them, docs/format.md explains it.\n'
  const line = Buffer.from(JSON.stringify(writer))
  const at = textOffset + header.write(about, textOffset, 'latin1')
  if (line.length >= textOffset + textBytes - at) throw new Error('the names of app and host are too long')
  line.copy(header, at)
  header.write('\n', at + line.length, 'latin1')
  header.write('\n', textOffset + textBytes - 1, 'latin1')
  header.writeUInt32LE(formatVersion, versionOffset)
  header.writeUInt32LE(bytes, headerBytesOffset)
  header.writeUInt32LE(at, writerOffset)
  header.writeUInt32LE(line.length, writerBytesOffset)
  page.prepareHeader?.(header)
  page.write(header, 0, header.length, 0)
  return page.map(0, headerBytes)
}
