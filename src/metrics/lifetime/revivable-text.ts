import { Text } from '../kinds/text.ts'

/** {@link Text} whose series may go and come back. */
export class RevivableText extends Text {
  /** @internal */
  revive: (() => RevivableText) | undefined = undefined

  override set(text: string): void {
    super.set.call(this.revive === undefined ? this : this.revive(), text)
  }
}
