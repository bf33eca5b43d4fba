/** How long drawing may take in one frame, so that scrolling and typing stay smooth. */
const budgetMs = 4

const waiting = new Set<() => void>()
let isAsked = false

/** Draws something soon; what was asked for twice is drawn once. */
export function drawSoon(draw: () => void): void {
  waiting.add(draw)
  ask()
}

export function drawNever(draw: () => void): void {
  waiting.delete(draw)
}

function ask(): void {
  if (isAsked) return
  isAsked = true
  requestAnimationFrame(() => {
    isAsked = false
    const end = performance.now() + budgetMs
    for (const draw of waiting) {
      waiting.delete(draw)
      draw()
      if (performance.now() > end) break
    }
    if (waiting.size > 0) ask()
  })
}
