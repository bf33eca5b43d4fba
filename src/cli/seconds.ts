const units: Readonly<Record<string, number>> = { '': 1, ms: 0.001, s: 1, m: 60, min: 60, h: 3600, d: 86_400 }

/** A time as it is typed, in seconds: `90`, `500ms`, `10m`, `1.5 h`, with seconds where no unit is given; NaN for anything else. */
export function secondsIn(text: string): number {
  const [, digits, unit = ''] = /^(\d+\.?\d*|\.\d+) ?(ms|s|m|min|h|d|)$/.exec(text.trim()) ?? []
  return digits === undefined ? Number.NaN : Number(digits) * (units[unit] as number)
}
