import { cssColor } from './palette.ts'

const width = 96
const height = 20

/** A small line without axes: whether something goes up, down or jumps. */
export class Sparkline {
  readonly element: HTMLCanvasElement = document.createElement('canvas')

  constructor() {
    this.element.width = width * devicePixelRatio
    this.element.height = height * devicePixelRatio
    this.element.setAttribute('aria-hidden', 'true')
  }

  draw(values: readonly (number | null | undefined)[]): void {
    const context = this.element.getContext('2d')
    if (context === null) return
    const known = values.filter((value) => typeof value === 'number')
    const most = Math.max(...known, 0) || 1
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
    context.clearRect(0, 0, width, height)
    if (known.length < 2) return
    const x = (i: number): number => (i / (values.length - 1)) * (width - 2) + 1
    const y = (value: number): number => height - 2 - (value / most) * (height - 4)
    context.beginPath()
    let isDown = false
    for (const [i, value] of values.entries()) {
      if (typeof value !== 'number') isDown = false
      else if (isDown) context.lineTo(x(i), y(value))
      else context.moveTo(x(i), y(value))
      isDown = typeof value === 'number'
    }
    context.strokeStyle = cssColor('accent')
    context.lineWidth = 1.25
    context.stroke()
  }
}
