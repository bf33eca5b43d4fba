/** An option of a command: what parsing, help, the manual page and completion of shells need of it. */
export interface Option {
  /** What stands for its value in the help, such as `<path>`; an option without one is a flag. */
  readonly value?: string
  /** Its short form, one letter. */
  readonly short?: string
  /** Sentences without line breaks: the help breaks lines at 80 columns. */
  readonly help: string
  /** What a shell completes its value with: files, directories, or one of these words. */
  readonly complete?: Completed
}

/** What a shell completes a word with. */
export type Completed = 'file' | 'directory' | 'app' | readonly string[]

/** The options of a command by their names, without dashes. */
export type Options = Readonly<Record<string, Option>>

const places = '$PLIMSOLL_DIR, else /dev/shm/plimsoll-<uid>, else <tmpdir>/plimsoll-<uid>'

/** The option of commands that read pages. */
export const dirOption: Option = {
  value: '<path>',
  complete: 'directory',
  help: `directory of pages, may be repeated; default: ${places}`,
}

/** The same where files of mmstats are read as well. */
export const dirOrMmstatsOption: Option = {
  ...dirOption,
  help: `${dirOption.help}, and the mmstats files that $MMSTATS_GLOB matches`,
}

/** The options of commands that read a recording as they read pages. */
export const recordingOptions: Options = {
  file: {
    value: '<recording>',
    complete: 'file',
    help: 'read what "plimsoll record" wrote in place of the pages',
  },
  at: {
    value: '<time>',
    help: 'a time of the recording: -90s before its end, 12:30:05, 2026-11-26T12:30:05Z or Unix seconds',
  },
}
