import { openRecording, type Recording } from '../../recording/recording.ts'
import { type Arguments, invalidOption } from '../arguments.ts'
import { secondsIn } from '../seconds.ts'

const expected = 'a time: -90s, 12:30:05, 2026-11-26T12:30:05Z or Unix seconds'

/**
 * The recording of `--file`, at the moment of `--at`, else the last one; `undefined` without. Throws
 * PLIMSOLL_RECORDING_UNREADABLE or PLIMSOLL_OPTION_INVALID.
 */
export function recordingOf(
  args: Arguments,
  file: string | undefined = args.values.get('file')?.at(-1),
): Recording | undefined {
  const at = args.values.get('at')?.at(-1)
  if (file === undefined) {
    if (at !== undefined) throw invalidOption(args.command, 'at', at, '--file with a recording beside it')
    return undefined
  }
  const recording = openRecording(file)
  const time = at === undefined ? recording.to : timeIn(recording, at)
  if (time === undefined) throw invalidOption(args.command, 'at', at ?? '', expected)
  return recording.at(time)
}

/** The recording stands at its next moments, so many milliseconds apart; there is no waiting. */
export async function* recordedBeats(
  recording: Recording,
  intervalMs: number,
  signal: AbortSignal,
): AsyncGenerator<undefined> {
  while (!signal.aborted) {
    // Moments are not exactly an interval apart: the one that is nearest to it counts.
    const due = recording.now + intervalMs / 1000 - recording.interval / 2
    do if (recording.next() === undefined) return
    while (recording.now < due)
    yield
  }
}

/**
 * The Unix time that a text means: seconds before the end of a recording, `-90s` or `-5m`, a time of the day on which it ends, or
 * of the day before where that is not over yet, a date with a time, or Unix seconds. `undefined` for anything else.
 */
export function timeIn({ to }: Pick<Recording, 'to'>, text: string): number | undefined {
  const before = text.trim().startsWith('-') ? secondsIn(text.trim().slice(1)) : Number.NaN
  if (!Number.isNaN(before)) return to - before
  if (/^\d{9,}(\.\d+)?$/.test(text.trim())) return Number(text)
  const [, hours, minutes, seconds = '0'] = /^(\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?$/.exec(text.trim()) ?? []
  if (hours !== undefined) {
    const day = new Date(to * 1000)
    day.setHours(Number(hours), Number(minutes), 0, 0)
    const time = day.getTime() / 1000 + Number(seconds)
    return time > to + 1 ? time - 86_400 : time
  }
  const time = /^\d{4}-\d\d-\d\d/.test(text.trim()) ? Date.parse(text) / 1000 : Number.NaN
  return Number.isNaN(time) ? undefined : time
}
