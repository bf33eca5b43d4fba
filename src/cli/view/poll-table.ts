import { cut, padded, printable, printedWidth } from '../../formats/table/printable.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import type { Field } from '../select/field.ts'
import { fieldValue, humanValue, plainValue } from '../select/field-value.ts'
import { PollWidths } from './poll-widths.ts'
import { dim } from './terminal.ts'
import type { AppReading } from './watch.ts'

const gap = 2
/** So that hostile names leave room for values. */
const maxHeadLines = 6
const timeWidth = 8
const liveWidth = 4
/** What a column takes at ease, with the gap before it. */
const usualColumn = 14
const widestApp = 16

/** How many fields a terminal shows at ease; in a pipe there is no need to be sparing. */
export function maxColumns(columns: number | undefined): number {
  if (columns === undefined) return 8
  return Math.max(1, Math.min(8, Math.floor((columns - timeWidth - gap - liveWidth) / usualColumn)))
}

/** Formats for programs besides tabs. */
export type PollFormat = 'csv' | 'json'

/** The lines of a live view: aligned for a terminal, with tabs in a pipe, or as CSV or JSON. */
export class PollTable {
  private readonly fields: readonly Field[]
  private readonly columns: number | undefined
  private readonly color: boolean
  private readonly headers: number
  private readonly format: PollFormat | undefined
  private readonly widths: PollWidths
  private sinceHead = 0
  private head = ''

  constructor(
    fields: readonly Field[],
    columns: number | undefined,
    color: boolean,
    headers: number,
    format?: PollFormat,
  ) {
    this.format = format
    this.fields = fields
    this.widths = new PollWidths(fields.map(({ text }) => text))
    this.columns = columns
    this.color = color
    this.headers = headers
  }

  /** One line for each app that has a live page, or had one; the head before it when it is due or has changed. */
  lines(readings: readonly AppReading[], seconds: number, unixTime: number): string {
    if (this.format === 'json') return readings.map((one) => this.jsonLine(one, seconds, unixTime)).join('')
    let text = ''
    const { columns } = this
    const rows =
      columns === undefined
        ? this.plainRows(readings, seconds, unixTime)
        : this.fittedRows(readings, seconds, unixTime, columns)
    const [head = '', ...lines] = rows
    const due = this.headers > 0 && this.sinceHead >= this.headers
    if (head !== this.head || due) {
      text += columns !== undefined && this.color ? `${dim(head)}\n` : `${head}\n`
      this.head = head
      this.sinceHead = 0
    }
    this.sinceHead += lines.length
    return text + lines.map((line) => `${line}\n`).join('')
  }

  private plainRows(readings: readonly AppReading[], seconds: number, unixTime: number): string[] {
    const time = new Date(unixTime * 1000).toISOString()
    const rows = readings.map((reading) => [
      time,
      reading.app,
      String(liveOf(reading)),
      ...this.fields.map((field) => plainValue(fieldValue(field, reading, seconds))),
    ])
    const head = ['time', 'app', 'live', ...this.fields.map(({ text }) => text)]
    if (this.format === 'csv') return [head, ...rows].map((cells) => cells.map(csvCell).join(','))
    return [head, ...rows].map((cells) => cells.map(printable).join('\t'))
  }

  private jsonLine(reading: AppReading, seconds: number, unixTime: number): string {
    const values = this.fields.map((field) => {
      const found = fieldValue(field, reading, seconds)
      const value = typeof found === 'object' ? found.value : found
      return [field.text, value === undefined || Number.isNaN(value) ? null : value]
    })
    const time = new Date(unixTime * 1000).toISOString()
    const { app } = reading
    return `${JSON.stringify({ time, app, live: liveOf(reading), values: Object.fromEntries(values) })}\n`
  }

  private fittedRows(readings: readonly AppReading[], seconds: number, unixTime: number, columns: number): string[] {
    const apps =
      readings.length < 2
        ? 0
        : Math.min(widestApp, Math.max(3, ...readings.map(({ app }) => printedWidth(printable(app)))))
    const left = timeWidth + (apps === 0 ? 0 : gap + apps) + gap + liveWidth
    const rows = readings.map((reading) => this.fields.map((field) => fieldValue(field, reading, seconds)))
    const widths = this.widths.fit(rows, columns - left - gap * this.fields.length)
    const line = (time: string, app: string, live: string, cells: readonly string[]): string => {
      const name = apps === 0 ? '' : ' '.repeat(gap) + padded(cut(printable(app), apps), apps)
      return (
        padded(time, timeWidth) +
        name +
        right(live, gap + liveWidth) +
        cells.map((cell, i) => right(cell, gap + (widths[i] ?? 0))).join('')
      )
    }
    const time = new Date(unixTime * 1000).toTimeString().slice(0, timeWidth)
    const heads = this.fields.map(({ text }, i) => wrapped(printable(text), widths[i] ?? 0))
    const deepest = Math.max(...heads.map(({ length }) => length))
    const headLines = Array.from({ length: deepest }, (_, i) => {
      const cells = heads.map((head) => head[i - deepest + head.length] ?? '')
      return i === deepest - 1 ? line('time', 'app', 'live', cells) : line('', '', '', cells).trimEnd()
    })
    return [
      headLines.join('\n'),
      ...readings.map((reading, i) => {
        const cells = (rows[i] ?? []).map((value, at) => {
          return typeof value === 'string' ? cut(humanValue(value), widths[at] ?? 0) : humanValue(value)
        })
        return line(time, reading.app, String(liveOf(reading)), cells)
      }),
    ]
  }
}

function liveOf({ pages }: AppReading): number {
  return pages.filter(isAlive).length
}

function right(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - printedWidth(text))) + text
}

/** A long name on several lines, broken behind dots and in labels, else wherever a line is full; one of too many is cut. */
function wrapped(text: string, width: number): string[] {
  const found: string[] = []
  let line = ''
  const pieces = text.match(/\{?[^.{,=]*[.,=]?/g) ?? []
  for (const piece of pieces.flatMap((one) => ofWidth(one, width))) {
    if (line !== '' && printedWidth(line + piece) > width) {
      found.push(line)
      line = ''
    }
    line += piece
  }
  found.push(line)
  if (found.length <= maxHeadLines) return found
  return [...found.slice(0, maxHeadLines - 1), cut(found.slice(maxHeadLines - 1).join(''), width)]
}

/** In parts that are no wider. */
function ofWidth(text: string, width: number): string[] {
  if (printedWidth(text) <= width) return [text]
  const found: string[] = []
  let part = ''
  for (const character of text) {
    if (part !== '' && printedWidth(part + character) > width) {
      found.push(part)
      part = ''
    }
    part += character
  }
  return [...found, part]
}

/** As RFC 4180 has it; nothing for no value. */
function csvCell(text: string): string {
  if (text === '-') return ''
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
