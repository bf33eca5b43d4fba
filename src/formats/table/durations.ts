/** Seconds as people write them, without blanks and at most seven characters: `0.4s`, `12s`, `3m12s`, `5h03m`, `2d04h`. */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-'
  const whole = Math.floor(Math.max(0, seconds))
  if (whole < 10) return `${Math.max(0, seconds).toFixed(1)}s`
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`
  return `${Math.floor(whole / 86_400)}d${two(Math.floor((whole % 86_400) / 3600))}h`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
