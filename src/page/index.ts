export { defaultDirectory, listPages } from './directory.ts'
export { openPage, PageReader, type ReaderOptions, readPage } from './reader.ts'
