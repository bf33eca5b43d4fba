/** Lines around a change that a diff shows. */
const context = 2

interface Step {
  readonly sign: ' ' | '-' | '+'
  readonly line: string
  /** Number of the line in the text before, counted from 1. */
  readonly at: number
}

/** The lines that differ, with some around them, as `diff -u` has it; empty for equal texts. */
export function diffTexts(file: string, before: string, after: string): string {
  const steps = compare(before.split('\n'), after.split('\n'))
  const isShown = steps.map(() => false)
  for (const [i, { sign }] of steps.entries())
    if (sign !== ' ') isShown.fill(true, Math.max(0, i - context), i + context + 1)
  let text = ''
  for (const [i, { sign, line, at }] of steps.entries()) {
    if (!isShown[i]) continue
    if (!isShown[i - 1]) text += `@@ line ${at} @@\n`
    text += `${sign}${line}\n`
  }
  return text === '' ? '' : `--- ${file}\n+++ ${file}\n${text}`
}

/** By the longest common subsequence of what lies between the first and the last line that differ. */
function compare(before: readonly string[], after: readonly string[]): Step[] {
  let head = 0
  while (head < before.length && before[head] === after[head]) head++
  let tail = 0
  const most = Math.min(before.length, after.length) - head
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  const [a, b] = [before.slice(head, before.length - tail), after.slice(head, after.length - tail)]
  const same = (lines: readonly string[], from: number): Step[] => {
    return lines.map((line, i) => ({ sign: ' ', line, at: from + i + 1 }))
  }
  const middle = changed(a, b, head)
  return [
    ...same(before.slice(0, head), 0),
    ...middle,
    ...same(before.slice(before.length - tail), before.length - tail),
  ]
}

function changed(a: readonly string[], b: readonly string[], offset: number): Step[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1))
  const lengthAt = (i: number, j: number): number => lengths[i]?.[j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    const row = lengths[i] as Uint32Array
    for (let j = b.length - 1; j >= 0; j--)
      row[j] = a[i] === b[j] ? lengthAt(i + 1, j + 1) + 1 : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1))
  }
  const steps: Step[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const at = offset + i + 1
    if (i < a.length && j < b.length && a[i] === b[j]) {
      steps.push({ sign: ' ', line: a[i] as string, at })
      i++
      j++
    } else if (i < a.length && (j >= b.length || lengthAt(i + 1, j) >= lengthAt(i, j + 1))) {
      steps.push({ sign: '-', line: a[i++] as string, at })
    } else steps.push({ sign: '+', line: b[j++] as string, at })
  }
  return steps
}
