import { cssColor } from './palette.ts'

const width = 84
const height = 20

/** A small line without axes: whether something goes up, down or jumps. */
export class Sparkline {
  readonly element: HTMLCanvasElement = document.createElement('canvas')

  constructor() {
    this.element.width = width * devicePixelRatio
    this.element.height = height * devicePixelRatio
    this.element.setAttribute('aria-hidden', 'true')
  }

  /** Values at their times, `undefined` for no point and `null` for no value, in all of the time from one edge to the other. */
  draw(
    times: readonly number[],
    values: readonly (number | null | undefined)[],
    [from, to]: readonly [number, number],
  ): void {
    const context = this.element.getContext('2d')
    if (context === null) return
    const most = values.reduce<number>((all, value) => Math.max(all, value ?? 0), 0) || 1
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
    context.clearRect(0, 0, width, height)
    const x = (i: number): number => (((times[i] as number) - from) / (to - from)) * (width - 2) + 1
    const y = (value: number): number => height - 2 - (value / most) * (height - 4)
    context.beginPath()
    let isDown = false
    for (const [i, value] of values.entries()) {
      if (value === undefined) continue
      if (value !== null) {
        if (isDown) context.lineTo(x(i), y(value))
        else context.moveTo(x(i), y(value))
      }
      isDown = value !== null
    }
    context.strokeStyle = cssColor('accent')
    context.lineWidth = 1.25
    context.stroke()
  }
}
