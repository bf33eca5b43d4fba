/**
 * The mmstats file format, version 1: a version byte, then fields one directly after the other, then zero bytes.
 * A field is: label size, label, signature size, signature, buffer byte, value. All numbers are little-endian and nothing
 * is aligned. docs/mmstats.md says what the values mean.
 */
export const formatVersion = 1
export const versionBytes = 1

/** Size of the words that say how long a label or a signature is. */
export const sizeBytes = 2
export const maxSize: number = 2 ** (8 * sizeBytes) - 1
/** Size of the buffer byte. */
export const flagBytes = 1
/**
 * The buffer byte of a field that has one item. Any other field has two: its byte is 0 or 1, the buffer that the next
 * write goes to, so the value is in the other one.
 */
export const unbuffered = 255

/** Reading stops here, so that memory stays bounded: what is legal, but no writer writes. */
export const maxFields = 100_000
export const maxFieldsBytes: number = 2 ** 24

/** How the names of mmstats files end, unless somebody says otherwise. */
export const fileSuffix = '.mmstats'

/** How the names of files end that are on their way to one of these; they begin with a dot. */
export const unfinishedSuffix = '.mmstats-new'

/** A field in files of plimsoll: counts the values that were no good. Its writer holds a lock on the file. */
export const rejectedLabel = 'org.plimsoll.rejected'
