/**
 * Milliseconds between the turns of the event loop for so long; the first twentieth is left out. In each turn the process does
 * some work.
 */
export function watchTurns(ms: number, work: () => void): Promise<number[]> {
  const delays: number[] = []
  const begun = performance.now()
  let last = begun
  return new Promise((resolve) => {
    const turn = (): void => {
      work()
      const now = performance.now()
      if (now - begun > ms / 20) delays.push(now - last)
      last = now
      if (now - begun < ms) setImmediate(turn)
      else resolve(delays)
    }
    setImmediate(turn)
  })
}
