/**
 * Every error of plimsoll: what happened, with the values, and the remedy. `{x}` stands for a value given with the error.
 * docs/errors.md lists the same rows; a test holds them together.
 */
const table = {
  PLIMSOLL_NAME_INVALID: {
    what: '{what} is no metric name.',
    remedy:
      'Give the name first, as in timer("web.latency", { help: "…" }): a letter, then letters, digits, "_" and "-" in parts joined by "." or "/", at most 200 characters.',
  },
  PLIMSOLL_NAME_RESERVED: {
    what: 'The metric name {name} is kept for plimsoll itself.',
    remedy: 'Choose a name that does not begin with "plimsoll.".',
  },
  PLIMSOLL_LABEL_INVALID: {
    what: 'The metric {name} declares the label {label}.',
    remedy:
      'A label name is a letter or "_" followed by letters, digits and "_", without "__" in front, declared once; "le", "quantile", "overflow" and "evicted" are kept for the formats.',
  },
  PLIMSOLL_OPTION_INVALID: {
    what: 'The option {option} of {where} is {given}.',
    remedy: 'Give {expected}.',
  },
  PLIMSOLL_SNAPSHOT_INVALID: {
    what: 'The JSON is no snapshot: {where} is {given}. Nothing of it was taken.',
    remedy: 'Give the whole text that formatJson or "plimsoll show --json" wrote, unchanged.',
  },
  PLIMSOLL_SNAPSHOT_UNREADABLE: {
    what: 'The snapshots in {file} cannot be read: {reason}.',
    remedy: 'Give a file that "plimsoll show --json" wrote, or a folder of such files; other files are not affected.',
  },
  PLIMSOLL_FAMILY_CONFLICT: {
    what: 'The metric {name} is declared twice: as {given} at {here}, but before that as {known} at {there}.',
    remedy: 'Declare it the same way in both places, or use two names.',
  },
  PLIMSOLL_CALL_REJECTED: {
    what: 'The metric {name} was given {given}, which is not counted as it was meant.',
    remedy: '{expected} Further such calls are counted by plimsoll.rejected, without a warning.',
  },
  PLIMSOLL_DIRECTORY_REFUSED: {
    what: 'The directory {directory} is not safe for pages: {reason}.',
    remedy: 'Remove it, or set PLIMSOLL_DIR to a directory that you own; publish() tries again each minute.',
  },
  PLIMSOLL_DIRECTORY_UNREADABLE: {
    what: 'The pages in {directory} cannot be listed: {reason}.',
    remedy: 'Give a directory that you may read, with --dir or PLIMSOLL_DIR.',
  },
  PLIMSOLL_PAGE_NOT_CREATED: {
    what: 'The page {file} cannot be created: {reason}.',
    remedy: 'Make its directory writable, or set PLIMSOLL_DIR to another; publish() tries again each minute.',
  },
  PLIMSOLL_PUBLISHED_ALREADY: {
    what: 'The registry is published already, as {app} in {directory}; what was given now had no effect: {options}.',
    remedy:
      'Give options with the first call, or close that publication before; PLIMSOLL_APP and PLIMSOLL_DIR reach a call that is not yours, as that of plimsoll/register.',
  },
  PLIMSOLL_PAGE_FULL: {
    what: 'The page {file} has no room for more series: {reason}.',
    remedy: 'Raise maxBytes in publish(), use fewer label values, or free space; new series stay in memory until then.',
  },
  PLIMSOLL_PAGE_LOST: {
    what: 'The page {file} was {what} while it was in use.',
    remedy:
      'Find out who did it. The app goes on, in a new page within a minute; what was cut off or overwritten counts from zero.',
  },
  PLIMSOLL_PAGE_UNREADABLE: {
    what: 'The page {file} cannot be read: {reason}.',
    remedy: 'Check that it is a file and that you may read it.',
  },
  PLIMSOLL_PAGE_FOREIGN: {
    what: 'The page {file} belongs to user {owner}, neither you nor the owner of its directory.',
    remedy: 'Ask who put it there; read it as that user if you trust it.',
  },
  PLIMSOLL_PAGE_UNKNOWN: {
    what: 'The file {file} is no page: it begins with {found}.',
    remedy: 'Give a file that plimsoll wrote; page files end in ".page".',
  },
  PLIMSOLL_PAGE_VERSION: {
    what: 'The page {file} has format version {found}, this reader knows {expected}.',
    remedy: 'Read it with the version of plimsoll that wrote it, or a newer one.',
  },
  PLIMSOLL_PAGE_DAMAGED: {
    what: 'The page {file} is damaged at {where}: found {found}, expected {expected}.',
    remedy: 'Remove it when its writer is gone; other pages are not affected.',
  },
  PLIMSOLL_MMSTATS_VERSION: {
    what: 'The mmstats file {file} has format version {found}, this reader knows {expected}.',
    remedy: 'Read it again when its writer is just starting; anything else than version 1 was never released.',
  },
  PLIMSOLL_MMSTATS_DAMAGED: {
    what: 'The mmstats file {file} is damaged at {where}: found {found}, expected {expected}.',
    remedy: 'The fields before that can be read; remove the file when its writer is gone.',
  },
  PLIMSOLL_MMSTATS_LABEL: {
    what: 'The mmstats label {label} cannot be used: {reason}.',
    remedy: 'Give 1 to 65535 bytes of UTF-8 without NUL, and not a multiple of 256: old readers would stop there.',
  },
  PLIMSOLL_MMSTATS_NOT_CREATED: {
    what: 'The mmstats file {file} cannot be created: {reason}.',
    remedy:
      'Make its directory writable, set MMSTATS_PATH to another, or give each model of a thread its own filename; values stay in memory until then.',
  },
  PLIMSOLL_MMSTATS_NOT_UPDATED: {
    what: 'The mmstats file {file} was not brought up to date: {reason}.',
    remedy: 'Its values are those of before; the next update tries again.',
  },
  PLIMSOLL_MAP_UNAVAILABLE: {
    what: 'Memory cannot be mapped in this process: {reason}.',
    remedy:
      'Metrics stay on the heap and are read in this process only. Pages need 64-bit Linux and the package @koromix/koffi-linux-<arch>: run "npm install" without --omit=optional, and leave that package out of bundles.',
  },
  PLIMSOLL_MAP_FAILED: {
    what: 'The system call {call} failed with {errno}, given {given}.',
    remedy:
      'Metrics stay on the heap. See what errno(3) says about the name; EACCES, ENODEV and EPERM mean a file system or a sandbox that does not allow it.',
  },
  PLIMSOLL_DISK_FULL: {
    what: 'No room for {length} bytes at offset {offset} of a page: {errno}.',
    remedy: 'Free space, raise the quota or the file size limit, or set PLIMSOLL_DIR to a directory with more room.',
  },
  PLIMSOLL_ARGUMENT_UNKNOWN: {
    what: 'The command "{command}" does not know "{given}".',
    remedy: 'The nearest word that it knows is "{nearest}"; "{help}" tells them all.',
  },
  PLIMSOLL_PAGE_NOT_FOUND: {
    what: 'There is no page of "{given}" in {directory}.',
    remedy: 'Give a process id, an app or a page file; "plimsoll ls" lists them all.',
  },
  PLIMSOLL_FIELD_UNKNOWN: {
    what: 'No page has a metric for the field "{given}".',
    remedy: 'The nearest metric is "{nearest}"; "plimsoll show" lists them all.',
  },
  PLIMSOLL_FIELD_TEXTS: {
    what: 'The field "{given}" is a text, and {count} processes have one each.',
    remedy: 'Name one process, by its id or its file; "plimsoll show" shows all texts.',
  },
  PLIMSOLL_LOCK_UNKNOWN: {
    what: 'Nothing was removed, as nobody can tell here whether the writers of pages live: {reason}.',
    remedy: 'Run "plimsoll clean" on 64-bit Linux with the package koffi, on the machine of the writers.',
  },
  PLIMSOLL_ARCHIVE_DAMAGED: {
    what: 'The archive {file} is damaged: {reason}. What processes that are gone have counted is missing from the sums.',
    remedy: 'The next compact sets it aside as "{file}.damaged" and begins a new one; "plimsoll clean" does it now.',
  },
  PLIMSOLL_ARCHIVE_UNREADABLE: {
    what: 'The archive {file} cannot be read: {reason}. What processes that are gone have counted is missing from the sums.',
    remedy:
      'Read as the user who owns it, with a plimsoll as new as the one that wrote it. It is left as it is, and so are the pages that belong into it.',
  },
  PLIMSOLL_ARCHIVE_NOT_WRITTEN: {
    what: 'The archive in {directory} was not written: {reason}. Pages of processes that are gone stay and count until it is.',
    remedy: 'Free space there, or compact as a user who may write to the directory.',
  },
  PLIMSOLL_FLEET_UNSETTLED: {
    what: 'The archive in {directory} changed during each of {times} looks, so a process that is gone may be missing or counted twice.',
    remedy: 'Compact less often: one process every few seconds is enough.',
  },
  PLIMSOLL_PAGE_NOT_REMOVED: {
    what: 'The page {file} was kept: {reason}.',
    remedy: 'Remove it by hand if you know that nobody writes to it.',
  },
  PLIMSOLL_SERVE_FAILED: {
    what: 'Metrics cannot be served at {address}: {reason}.',
    remedy: 'Give a free port with --port, 0 for any, and with --listen an address of this machine.',
  },
  PLIMSOLL_ZEROMQ_MISSING: {
    what: 'The package zeromq cannot be loaded: {reason}.',
    remedy: 'Install it beside plimsoll, which needs it only here: npm install zeromq@6.',
  },
  PLIMSOLL_KEYS_MISSING: {
    what: 'The endpoint {endpoint} leads to other machines, or lets them in, and {where} has no keys for it.',
    remedy: 'Give curve keys, or use an ipc:// or tcp://127.0.0.1 endpoint; docs/fleet.md tells how to make keys.',
  },
  PLIMSOLL_BIND_FAILED: {
    what: 'The endpoint {endpoint} cannot be bound: {reason}.',
    remedy: 'Give an address of this machine with a free port, or a path in a directory that you may write to.',
  },
  PLIMSOLL_STATE_UNUSABLE: {
    what: 'The state file {file} cannot be used: {reason}.',
    remedy:
      'Give a file of its own to each collector, in a directory of this machine that it may write to. It needs 64-bit Linux and the package koffi.',
  },
  PLIMSOLL_STATE_DAMAGED: {
    what: 'The state file {file} is damaged: {reason}. What publishers counted that are gone is missing from the sums.',
    remedy: 'It was set aside as "{file}.damaged", and a new one begins.',
  },
  PLIMSOLL_STATE_NOT_WRITTEN: {
    what: 'The state file {file} was not written: {reason}.',
    remedy:
      'Free space there; the next one is written all the same. Until then a new collector would go on from the old one.',
  },
  PLIMSOLL_COLLECTOR_UNREACHABLE: {
    what: 'The collector at {endpoint} has taken no message for {seconds} s.',
    remedy:
      'See that it runs, that the network lets {endpoint} through, and that the keys of both sides fit. The app goes on; the sum has all that it counted once a message arrives.',
  },
  PLIMSOLL_MESSAGE_TOO_LARGE: {
    what: 'A message of {bytes} bytes to {endpoint} was not sent: {most} are the most.',
    remedy: 'Publish fewer series, or several registries with a publisher each.',
  },
  PLIMSOLL_SOURCE_UNREADABLE: {
    what: 'The metrics for {endpoint} cannot be read: {reason}.',
    remedy: 'See what the source needs; the next reading is tried all the same.',
  },
  PLIMSOLL_COLLECTOR_CLOSED: {
    what: 'The collector at {endpoint} answers no more: {reason}.',
    remedy: 'Read it before close(), or start another one.',
  },
} as const

/** The codes of all errors that plimsoll throws or reports; match on these, not on the class or the text. */
export type ErrorCode = keyof typeof table

/** All codes with their templates, for the documentation and its test. */
export const errorTable: Readonly<Record<ErrorCode, { readonly what: string; readonly remedy: string }>> = table

/**
 * The one error class. `code` says what happened and is stable from release to release;
 * `message` says it with the values that were given, then the remedy. `cause` is the first failure, where there was one.
 */
export class PlimsollError extends Error {
  readonly code: ErrorCode
  readonly #what: string

  constructor(code: ErrorCode, values: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    const row = table[code]
    const what = fill(row.what, values)
    super(`${what} ${fill(row.remedy, values)}`, options)
    this.name = 'PlimsollError'
    this.code = code
    this.#what = what
  }

  /** What happened, without the remedy. */
  get what(): string {
    return this.#what
  }
}

/** What a failure says as the reason within another message: no remedy, and no full stop at its end. */
export function reasonOf(cause: unknown): string {
  const text = cause instanceof PlimsollError ? cause.what : cause instanceof Error ? cause.message : String(cause)
  return text.replace(/\.$/, '')
}

function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_, key: string) => tell(values[key]))
}

/** A value as text, safe to print: control characters, which damaged pages may bring, become escapes; at most 300 characters. */
function tell(value: unknown): string {
  const text = textOf(value)
  const short = text.length > longestValue ? `${text.slice(0, longestValue)}…` : text
  return short.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

const longestValue = 300

/** Throws PLIMSOLL_OPTION_INVALID unless the options of `where` are an object, or left out: `null` is what JavaScript passes by mistake. */
export function checkIsOptions(where: string, options: unknown): void {
  if (options === undefined || (typeof options === 'object' && options !== null && !Array.isArray(options))) return
  throw optionInvalid('options', where, options, 'an object, or nothing')
}

/** What is wrong with one option, or argument, of `where`. */
export function optionInvalid(option: string, where: string, given: unknown, expected: string): PlimsollError {
  return new PlimsollError('PLIMSOLL_OPTION_INVALID', { option, where, given: show(given), expected })
}

/** What was given, as errors tell it: as JSON where that says something. */
export function show(value: unknown): string {
  if (typeof value === 'number') return String(value)
  // Large ones take more memory as text than a process has, which nobody can catch.
  if (ArrayBuffer.isView(value)) return `${kindOf(value)} of ${value.byteLength} bytes`
  try {
    const text = JSON.stringify(value)
    return text === undefined || (text === '{}' && kindOf(value) !== 'Object') ? textOf(value) : text
  } catch {
    return textOf(value)
  }
}

/** Throws PLIMSOLL_OPTION_INVALID for an option of `where` that is given and no good. */
export type OptionCheck = (option: string, given: unknown, isGood: boolean, expected: string) => void

/** What checks the options of `where`, one by one. */
export function optionCheck(where: string): OptionCheck {
  return (option, given, isGood, expected) => {
    if (given !== undefined && !isGood) throw optionInvalid(option, where, given, expected)
  }
}

/** `RegExp`, `Map`, `Uint8Array`, from whatever realm it is. */
function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1)
}

/** Whatever was given, the error about it must not fail. */
function textOf(value: unknown): string {
  try {
    return String(value)
  } catch {
    return `no text, but of type ${typeof value}`
  }
}
