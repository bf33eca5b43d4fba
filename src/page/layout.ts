/**
 * Where everything in a page file is, format version 1: the only place with byte offsets. docs/format.md draws
 * it; a test holds the two together. Every offset is the one before plus its size. All numbers are little-endian.
 */

/** First 16 bytes of every page; the digit is the format version, for people and `file`. */
export const magic = 'plimsoll page 1\n'
export const formatVersion = 1

/** Sizes and places of chunks are counted in blocks. */
export const blockBytes = 4096
export const cellBytes = 8

/** The header is the first block: text for people first, then words for programs. */
export const headerBytes: number = blockBytes

/** Text lines: what the file is, then who writes it as one line of JSON; blanks and a line feed fill it up. */
export const textOffset: number = magic.length
export const textBytes: number = 2048 - textOffset

/** uint32, format version. Set once, before the file has its name, like all of the header but the words marked below. */
export const versionOffset: number = textOffset + textBytes
/** uint32, where the first chunk may begin. */
export const headerBytesOffset: number = versionOffset + 4
/** uint32, where the JSON line about the writer begins, and how many bytes it has, without its line feed. */
export const writerOffset: number = headerBytesOffset + 4
export const writerBytesOffset: number = writerOffset + 4
/** uint32, how many entries of the chunk directory are filled. Stored after the entry, atomically. */
export const chunkCountOffset: number = writerBytesOffset + 4
/** uint32, how many bytes of the log are complete lines. Stored after the bytes, atomically. */
export const logEndOffset: number = chunkCountOffset + 4
/** float64, Unix time in seconds at which the writer's ticker last ran; 0 without a ticker. Stored while it runs. */
export const heartbeatOffset: number = logEndOffset + 4
/** float64, Unix time in seconds at which the writer closed the page; 0 until then, and for ever after a crash. */
export const endedOffset: number = heartbeatOffset + 8
/** float64, the last heartbeat in seconds of the clock of the cells, which nobody sets; 0 without one. Stored while it runs. */
export const monotonicBeatOffset: number = endedOffset + 8
/** float64, the same when the first page of what counts was made. Set once. */
export const monotonicStartOffset: number = monotonicBeatOffset + 8
/** float64, what makes a time in a cell a Unix time; stored again when somebody has set the clock of the machine. */
export const clockOffsetOffset: number = monotonicStartOffset + 8
/**
 * 16 bytes, which differ from one start of the machine to the next; zeros where the clock of the cells is not the machine's.
 * Set once.
 */
export const bootOffset: number = clockOffsetOffset + 8
export const bootBytes = 16
/** uint32, how the page is kept: `mappedPage` or `writtenPage`. This and the fields of its thread are set once. */
export const keptOffset: number = bootOffset + bootBytes
/** uint32, the writer's thread as its system numbers it, or its process; 0 for a writer that is identified by its lock. */
export const threadOffset: number = keptOffset + 4
/** uint32, the pid namespace in which that number is valid; 0 where there is none. */
export const namespaceOffset: number = threadOffset + 4
/** uint32, 1 when the page is no longer written. Stored by its writer, or by the process that archives it. */
export const releasedOffset: number = namespaceOffset + 4
/** float64, when that thread started, in ticks since the start of the machine; 0 where that is not known. */
export const threadStartOffset: number = releasedOffset + 4
/** 16 bytes that identify its machine since its last start; zeros where unknown. */
export const machineOffset: number = threadStartOffset + 8
export const machineBytes = 16
/**
 * uint32, Unix time in seconds, rounded up, at which the log last got a line about something that archives are to forget; 0
 * for never.
 */
export const clearedOffset: number = machineOffset + machineBytes
/** Not used, zero. */
export const spareOffset: number = clearedOffset + 4
export const spareBytes = 4

/** How a page is kept: stores go to the file, and a kernel lock shows whether a writer has it. */
export const mappedPage = 0
/** Or what changed is written to it once a second, and its heartbeat and thread show it. */
export const writtenPage = 1

/** Entries of four uint32: kind, first block, number of blocks, zero. */
export const directoryOffset: number = spareOffset + spareBytes
export const chunkEntryBytes = 16
export const chunkKindOffset = 0
export const chunkStartOffset: number = chunkKindOffset + 4
export const chunkBlocksOffset: number = chunkStartOffset + 4
export const chunkZeroOffset: number = chunkBlocksOffset + 4
export const maxChunks: number = Math.floor((headerBytes - directoryOffset) / chunkEntryBytes)

/** Kinds of chunk. Log chunks in directory order, one behind the other, are the log. */
export const logChunk = 1
export const cellChunk = 2

/** Readers refuse larger files, writers stop before: no reader needs more memory than this. */
export const maxPageBytes: number = 2 ** 28

/**
 * Readers refuse longer lines, and writers make none, by the limits of what is declared: the log is read in pieces of this
 * size.
 */
export const maxLineBytes: number = 2 ** 20

/** End of the names of page files; a page that is not finished has a name that begins with a dot. */
export const pageSuffix = '.page'
