/**
 * Every error of plimsoll: what happened, with the values, and the remedy. `{x}` is replaced by a value of the error.
 * docs/errors.md lists the same rows, which a test checks.
 */
export const errorTable = {
  PLIMSOLL_NAME_INVALID: {
    what: 'Invalid metric name {what}.',
    remedy:
      'Pass the name first, as in timer("web.latency", { help: "…" }). It must begin with a letter, continue with letters, digits, "_" and "-" in parts joined by "." or "/", and have at most 200 characters.',
  },
  PLIMSOLL_NAME_RESERVED: {
    what: 'The metric name {name} is reserved.',
    remedy: 'Choose a name that does not begin with "plimsoll.", the prefix of plimsoll\'s own metrics.',
  },
  PLIMSOLL_LABEL_INVALID: {
    what: 'Invalid label name {label} for metric {name}.',
    remedy:
      'A label name must be a letter or "_" followed by letters, digits and "_", must not begin with "__", and must be unique; "le", "quantile", "overflow" and "evicted" are reserved.',
  },
  PLIMSOLL_OPTION_INVALID: {
    what: 'Invalid {option} for {where}: {given}.',
    remedy: 'Expected {expected}.',
  },
  PLIMSOLL_OPTION_UNKNOWN: {
    what: 'Unknown option "{option}" for {where}.',
    remedy: '{hint}Known options: {known}.',
  },
  PLIMSOLL_SNAPSHOT_INVALID: {
    what: 'Invalid snapshot: {where} is {given}.',
    remedy: 'Pass the complete text that formatJson() or "plimsoll show --json" wrote, unchanged.',
  },
  PLIMSOLL_SNAPSHOT_UNREADABLE: {
    what: 'Cannot read the snapshots in {file}: {reason}.',
    remedy: 'Use a file that "plimsoll show --json" wrote, or a folder of such files. Other files are not affected.',
  },
  PLIMSOLL_TEXT_TOO_LONG: {
    what: 'The text of {series} series would exceed 512 MB, the longest text of JavaScript.',
    remedy: 'Select fewer pages, or fewer metrics with --filter or filterSnapshot().',
  },
  PLIMSOLL_FAMILY_CONFLICT: {
    what: 'Conflicting declarations of {name}: {given} at {here}, {known} at {there}.',
    remedy: 'Use the same options in both places, or two names.',
  },
  PLIMSOLL_CALL_REJECTED: {
    what: 'Unexpected argument for metric {name}: {given}.',
    remedy: '{expected} Further such calls are counted by plimsoll.rejected, without a warning.',
  },
  PLIMSOLL_DIRECTORY_REFUSED: {
    what: 'Cannot use the directory {directory} for pages: {reason}.',
    remedy:
      'Set PLIMSOLL_DIR to a directory that you own and others cannot write to; where all file systems are read-only, mount a tmpfs there. publish() tries again every minute.',
  },
  PLIMSOLL_DIRECTORY_UNREADABLE: {
    what: 'Cannot list the pages in {directory}: {reason}.',
    remedy: 'Use a directory that you can read, with --dir or PLIMSOLL_DIR.',
  },
  PLIMSOLL_PAGE_NOT_CREATED: {
    what: 'Cannot create page {file}: {reason}.',
    remedy:
      'On a full file system, run "plimsoll clean" or enlarge it; else make its directory writable, with Node\'s permission model by --allow-fs-write, or set PLIMSOLL_DIR to another one. publish() tries again every minute.',
  },
  PLIMSOLL_PUBLISHED_ALREADY: {
    what: 'The registry is already published as {app} in {directory}. Options without effect: {options}.',
    remedy:
      'Pass these options to the first call, or close that publication first. If the first call is not in your code, as with plimsoll/register, set PLIMSOLL_APP and PLIMSOLL_DIR.',
  },
  PLIMSOLL_PAGE_FULL: {
    what: 'Cannot add series to page {file}: {reason}.',
    remedy:
      'Raise maxBytes in publish(), use fewer label values, or free disk space, as "plimsoll clean" does. Until then new series stay in memory.',
  },
  PLIMSOLL_PAGE_LOST: {
    what: 'The page {file} was {what} while in use.',
    remedy:
      'Find out which program did that. The app continues in a new page within a minute; what was truncated or overwritten restarts at zero.',
  },
  PLIMSOLL_PAGE_WRITTEN: {
    what: 'The page {file} is written once a second, as memory cannot be mapped: {reason}.',
    remedy:
      'Only a signal that the app does not handle can lose the last second. To map pages on 64-bit Linux, run "npm install" without --omit=optional, leave @koromix/koffi-linux-<arch> out of bundles, and use --allow-addons with Node\'s permission model. To accept written pages, set PLIMSOLL_PAGE=written.',
  },
  PLIMSOLL_PAGE_NOT_WRITTEN: {
    what: 'Cannot write to page {file}: {reason}.',
    remedy:
      'Free space, as "plimsoll clean" does, or set PLIMSOLL_DIR to another directory. The app goes on; the next second tries again.',
  },
  PLIMSOLL_PAGE_UNREADABLE: {
    what: 'Cannot read page {file}: {reason}.',
    remedy: 'Check that it is a regular file and that you have permission to read it.',
  },
  PLIMSOLL_PAGE_FOREIGN: {
    what: 'The page {file} belongs to user {owner}, not to you or the directory owner.',
    remedy: 'Find out who created it. If you trust it, read it as that user.',
  },
  PLIMSOLL_PAGE_UNKNOWN: {
    what: 'The file {file} is not a page: it begins with "{found}".',
    remedy: 'Use a file that plimsoll wrote; names of page files end in ".page".',
  },
  PLIMSOLL_PAGE_VERSION: {
    what: 'Unsupported format version {found} of page {file}, expected {expected}.',
    remedy: 'Read it with the version of plimsoll that wrote it, or a newer one.',
  },
  PLIMSOLL_PAGE_DAMAGED: {
    what: 'The page {file} is damaged at {where}: found {found}, expected {expected}.',
    remedy: 'Remove it once its writer has ended. Other pages are not affected.',
  },
  PLIMSOLL_PAGE_INCOMPLETE: {
    what: 'The page {file} exceeds the limits of readers. Left out: {what}.',
    remedy: 'Use fewer labels, states or metrics; docs/format.md lists the limits. The rest of the page was read.',
  },
  PLIMSOLL_MMSTATS_VERSION: {
    what: 'Unsupported format version {found} of mmstats file {file}, expected {expected}.',
    remedy: 'If its writer is just starting, read it again. No version other than 1 was ever released.',
  },
  PLIMSOLL_MMSTATS_DAMAGED: {
    what: 'The mmstats file {file} is damaged at {where}: found {found}, expected {expected}.',
    remedy: 'The fields before that position can be read. Remove the file once its writer has ended.',
  },
  PLIMSOLL_MMSTATS_LABEL: {
    what: 'Invalid mmstats label {label}: {reason}.',
    remedy:
      'A label must have 1 to 65535 bytes of UTF-8 without NUL, and not a multiple of 256, where old readers would stop.',
  },
  PLIMSOLL_MMSTATS_NOT_CREATED: {
    what: 'Cannot create mmstats file {file}: {reason}.',
    remedy:
      'Make its directory writable, set MMSTATS_PATH to another one, or use a different filename in each thread. Until then values stay in memory.',
  },
  PLIMSOLL_MMSTATS_NOT_UPDATED: {
    what: 'Cannot update mmstats file {file}: {reason}.',
    remedy: 'It keeps its previous values; the next update tries again.',
  },
  PLIMSOLL_MAP_UNAVAILABLE: {
    what: 'Memory cannot be mapped in this process: {reason}.',
    remedy:
      'Use pages that need no mapping: PLIMSOLL_PAGE=written. To map pages on 64-bit Linux, run "npm install" without --omit=optional, and leave @koromix/koffi-linux-<arch> out of bundles.',
  },
  PLIMSOLL_MAP_FAILED: {
    what: 'The system call {call} failed with {errno}, given {given}.',
    remedy:
      'Metrics stay on the heap. errno(3) describes the error; EACCES, ENODEV and EPERM mean that the file system or a sandbox does not allow the call.',
  },
  PLIMSOLL_DISK_FULL: {
    what: 'No room for {length} bytes at offset {offset} of a page: {errno}.',
    remedy:
      'Run "plimsoll clean" to remove the pages of ended processes, enlarge the file system ("size" of a tmpfs, "sizeLimit" of an emptyDir), raise the quota or the file size limit, or set PLIMSOLL_DIR to a directory with more room.',
  },
  PLIMSOLL_RECORDING_FAILED: {
    what: 'Cannot write the recording {file}: {reason}.',
    remedy:
      'Use a new file in a directory that you can write to, with enough room, or --append to go on with a recording. What was recorded before can be read.',
  },
  PLIMSOLL_RECORDING_UNREADABLE: {
    what: 'Cannot read the recording {file}: {reason}.',
    remedy: 'Use a file that "plimsoll record" wrote. One that was cut off can be read up to there.',
  },
  PLIMSOLL_TERMINAL_REQUIRED: {
    what: '{command} needs a terminal: stdout is not one, or TERM is dumb.',
    remedy: 'For pipes and files, use "plimsoll ls", "plimsoll poll", or "plimsoll top --once".',
  },
  PLIMSOLL_ARGUMENT_UNKNOWN: {
    what: 'Unknown {what} "{given}" for {command}.',
    remedy: '{suggestion}Run "{help}" for usage.',
  },
  PLIMSOLL_PAGE_NOT_FOUND: {
    what: 'No app, process or page "{given}" found in {directory}.',
    remedy: '{suggestion}Use a process id, an app or a page file; "plimsoll ls" lists them all.',
  },
  PLIMSOLL_FIELD_UNKNOWN: {
    what: 'Unknown metric "{given}": no page contains it{noApp}.',
    remedy: '{suggestion}Run "plimsoll show" to list all metrics.',
  },
  PLIMSOLL_LABELS_UNKNOWN: {
    what: 'No series has the labels of "{given}".',
    remedy: '{suggestion}Run "plimsoll show --filter {metric}" to list all series.',
  },
  PLIMSOLL_FIELD_TEXTS: {
    what: 'The field "{given}" is a text, and {count} processes have one each.',
    remedy: 'Select one process, by its id or its file; "plimsoll show" lists all texts.',
  },
  PLIMSOLL_LOCK_UNKNOWN: {
    what: 'Cannot determine whether the writer of page {file} is running: {reason}. It was not removed.',
    remedy:
      'Run "plimsoll clean" on the machine of the writer, on 64-bit Linux with the package @koromix/koffi-linux-<arch>.',
  },
  PLIMSOLL_ARCHIVE_DAMAGED: {
    what: 'The archive {file} is damaged: {reason}. Totals have what this process last read of it, or lack the counts of ended processes.',
    remedy:
      'The next compaction renames it to "{file}.damaged" and writes a new archive, with what was last read of this one if anything was. "plimsoll clean" does so now.',
  },
  PLIMSOLL_ARCHIVE_UNREADABLE: {
    what: 'Cannot read archive {file}: {reason}. Totals have what this process last read of it, or lack the counts of ended processes.',
    remedy:
      'Read it as its owner, with the version of plimsoll that wrote it or a newer one. The archive is left unchanged, and so are the pages that belong in it.',
  },
  PLIMSOLL_ARCHIVE_NOT_WRITTEN: {
    what: 'Cannot write the archive in {directory}: {reason}. Pages of processes that have ended are kept and counted until it is written.',
    remedy:
      'Enlarge a full file system ("size" of a tmpfs, "sizeLimit" of an emptyDir) or remove other files from it, then run "plimsoll clean". Else compact as a user who can write to the directory.',
  },
  PLIMSOLL_FLEET_UNSETTLED: {
    what: 'The archive in {directory} changed during each of {times} reads. Processes that have ended may be missing or counted twice.',
    remedy: 'Compact less often: one process every few seconds is enough.',
  },
  PLIMSOLL_FLEET_EMPTY: {
    what: 'No page of {app} in {directory}.',
    remedy:
      'Call publish() in the processes of the app, under this name. If they write to another directory, set PLIMSOLL_DIR to it, or pass dir.',
  },
  PLIMSOLL_NOT_PUBLISHED: {
    what: 'The metrics of process {pid} have no page.',
    remedy:
      'Call publish(), or remove PLIMSOLL_PAGE=off, so that other processes and commands can read them. Fleets of this process include them all the same.',
  },
  PLIMSOLL_PAGE_NOT_REMOVED: {
    what: 'The file {file} was not removed: {reason}.',
    remedy: 'Remove it by hand if you are sure that no process writes to it.',
  },
  PLIMSOLL_PUBLISHER_FAILED: {
    what: 'The publisher of monitor() failed: {reason}.',
    remedy:
      'Check the function that was passed as publisher. It is called again at the next interval; monitor.publish_errors counts all errors.',
  },
  PLIMSOLL_COLLECTOR_FAILED: {
    what: 'A collector of monitor() failed: {reason}.',
    remedy: 'Check the functions that were passed as collectors. The others go on.',
  },
  PLIMSOLL_SERVE_FAILED: {
    what: 'Cannot serve metrics at {address}: {reason}.',
    remedy: 'Use a free port, or 0 for any, and an address of this machine; commands take them as --port and --listen.',
  },
  PLIMSOLL_INSPECT_ENDED: {
    what: 'Cannot inspect process {pid}: it has ended.',
    remedy: 'Run "plimsoll show {pid}" for its last numbers, and "plimsoll doctor {pid}" for how it ended.',
  },
  PLIMSOLL_INSPECT_FAILED: {
    what: 'Cannot inspect process {pid}: {reason}.',
    remedy:
      'This needs plimsoll/register, the user of the process, and Linux. Else call serveStatus() in the app and use its pages /profile and /blocked.',
  },
  PLIMSOLL_PROFILE_FAILED: {
    what: 'Cannot profile the main thread: {reason}.',
    remedy:
      'Try again while it runs JavaScript. Profiles need a Node.js with its inspector, and one profile runs at a time.',
  },
  PLIMSOLL_ZEROMQ_MISSING: {
    what: 'Cannot load the package zeromq: {reason}.',
    remedy: 'Install it next to plimsoll, which needs it only here: npm install zeromq@6.',
  },
  PLIMSOLL_TYPESCRIPT_MISSING: {
    what: 'Cannot load the parser of the package typescript: {reason}.',
    remedy: 'Install version 5 or 6 in the project: npm install --save-dev typescript@6.',
  },
  PLIMSOLL_KEYS_MISSING: {
    what: 'Missing CURVE keys in {where}: {endpoint} is open to other machines.',
    remedy: 'Pass CURVE keys, or use an ipc:// or tcp://127.0.0.1 endpoint. docs/fleet.md describes how to make keys.',
  },
  PLIMSOLL_BIND_FAILED: {
    what: 'Cannot bind endpoint {endpoint}: {reason}.',
    remedy: 'Use an address of this machine with a free port, or a path in a directory that you can write to.',
  },
  PLIMSOLL_STATE_UNUSABLE: {
    what: 'Cannot use state file {file}: {reason}.',
    remedy:
      'Use a separate file for each collector, in a local directory that it can write to. State files need 64-bit Linux and the package koffi.',
  },
  PLIMSOLL_STATE_DAMAGED: {
    what: 'The state file {file} is damaged: {reason}. Counts of publishers that are gone are missing from the totals.',
    remedy: 'It was renamed to "{file}.damaged", and a new one was started.',
  },
  PLIMSOLL_STATE_NOT_WRITTEN: {
    what: 'Cannot write state file {file}: {reason}.',
    remedy:
      'Free disk space there; the collector continues and tries again. A collector that starts before then continues from the old file.',
  },
  PLIMSOLL_COLLECTOR_UNREACHABLE: {
    what: 'The collector at {endpoint} has accepted no message for {seconds} s.',
    remedy:
      'Check that it is running, that the network allows connections to {endpoint}, and that the keys of both sides match. The app continues, and the totals are complete again once a message arrives.',
  },
  PLIMSOLL_MESSAGE_TOO_LARGE: {
    what: 'A message of {bytes} bytes to {endpoint} was not sent: the limit is {max}.',
    remedy: 'Publish fewer series, or several registries with a publisher each.',
  },
  PLIMSOLL_SOURCE_UNREADABLE: {
    what: 'Cannot read the metrics for {endpoint}: {reason}.',
    remedy: 'Check the source that was passed to publisher() or report(). The next interval tries again.',
  },
  PLIMSOLL_SINKS_ON_MAIN_THREAD: {
    what: 'Sinks run on the main thread, as the registry has no page: {sinks}.',
    remedy:
      'Call publish(), or start the app with plimsoll/register, before report(): then a thread reads the page and sends. To accept it, pass thread: false.',
  },
  PLIMSOLL_SINK_FAILED: {
    what: 'Cannot send metrics to {sink}: {reason}.',
    remedy:
      'Check that the receiver is running and reachable. The app continues, and values are sent again once it accepts them; plimsoll.sink.failures and plimsoll.sink.lost count what was not sent.',
  },
  PLIMSOLL_COLLECTOR_CLOSED: {
    what: 'The collector at {endpoint} is closed: {reason}.',
    remedy: 'Read it before close(), or start another one.',
  },
} as const
