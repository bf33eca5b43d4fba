import type { LabelStyle } from '../leaves/label-texts.ts'
import { plainTest } from '../leaves/plain.ts'

/**
 * A part of a path, by the rules of scales: white space and dots become `-`, slashes `_`, as a slash is a folder to carbon. So
 * do characters with a meaning in paths and queries of Graphite: `; = * ? { } [ ] ( ) , " ' \ |`.
 */
export function graphiteNode(value: string): string {
  const node = value
    .trim()
    .replace(/[\s\p{Cc}.]/gu, '-')
    .replace(/[/;=*?{}[\](),"'\\|]|\p{Cs}/gu, '_')
  return node === '' ? '_' : node
}

/**
 * The value of a tag: white space becomes `-`, `;` and `"` become `_`, and so does a `~` at the beginning, which all are
 * refused or read as something else. An empty value stays empty: the tag is left out.
 */
function graphiteTag(value: string): string {
  return value.replace(/[\s\p{Cc}]/gu, '-').replace(/[;"]|\p{Cs}|^~/gu, '_')
}

// A file name has at most 255 bytes, and carbon adds an ending.
const maxNode = 250

export const nodeStyle: LabelStyle = {
  first: '.',
  next: '.',
  equals: undefined,
  nodeEquals: '=',
  isPlain: plainTest(/[\w:-]/, maxNode),
  escape: graphiteNode,
  maxBytes: maxNode,
}

export const tagStyle: LabelStyle = {
  first: ';',
  next: ';',
  equals: '=',
  nodeEquals: '=',
  isPlain: plainTest(/[!#-:<-}]/, maxNode),
  escape: graphiteTag,
  maxBytes: 4096,
}
