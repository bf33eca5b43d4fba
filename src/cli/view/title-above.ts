/** What stands above some columns, `── last minute ──`, where it has room for it; as wide as they are. */
export function titleAbove(title: string, width: number): string {
  if (title === '' || width < title.length) return ' '.repeat(width)
  // Lines beside the title where there is room for two and a blank, as one is no use without.
  const text = width < title.length + 4 ? title : `── ${title} ${'─'.repeat(width)}`.slice(0, width)
  return text.padEnd(width)
}
