import { State } from './state.ts'
import type { SummedGauge } from './summed.ts'
import { Text } from './text.ts'

/** How many objects have a value, by the value. */
export interface Tally {
  /** What counts those that have this value, for one that is about to. */
  take(value: string): SummedGauge
  /** One has it no more that took it. */
  giveBack(count: SummedGauge): void
}

/** Where one object stands in a tally. */
class Place {
  private readonly tally: Tally
  private value: string
  private count: SummedGauge

  constructor(tally: Tally, value: string) {
    this.tally = tally
    this.value = value
    this.count = tally.take(value)
    this.count.shift(1)
  }

  /** The object has this value now. */
  moveTo(value: string): void {
    if (value === this.value) return
    this.leave()
    this.value = value
    this.count = this.tally.take(value)
    this.count.shift(1)
  }

  /** The object goes. */
  leave(): void {
    this.count.shift(-1)
    this.tally.giveBack(this.count)
  }
}

/** A state of an object, which an object above counts. */
export class TalliedState<S extends string = string> extends State<S> {
  private place: Place | undefined

  /** @internal Is counted there from now on, or nowhere. */
  countIn(tally: Tally | undefined): void {
    this.place?.leave()
    this.place = tally && new Place(tally, this.value)
  }

  /** @internal */
  override enter(number: number, anew = false): void {
    super.enter(number, anew)
    this.place?.moveTo(this.value)
  }
}

/** A text of an object, which an object above counts. */
export class TalliedText extends Text {
  private place: Place | undefined

  override set(text: string): void {
    super.set(text)
    this.place?.moveTo(this.value)
  }

  /** @internal As of a state. */
  countIn(tally: Tally | undefined): void {
    this.place?.leave()
    this.place = tally && new Place(tally, this.value)
  }
}
