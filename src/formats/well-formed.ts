/**
 * A lone surrogate has no UTF-8: it becomes U+FFFD and its four hex digits, and a U+FFFD before such digits becomes U+FFFD and
 * `fffd`, so that two different values never come out alike.
 */
export function wellFormedValue(value: string): string {
  return value.replace(/[\ud800-\udfff]|\ufffd(?=d[89a-f][0-9a-f]{2}|fffd)/gu, spellOut)
}

function spellOut(c: string): string {
  return `\ufffd${c.charCodeAt(0).toString(16)}`
}
