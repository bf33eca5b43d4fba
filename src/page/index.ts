export { defaultDirectory, listPages } from './directory.ts'
export { type PagesRead, readPages } from './open-pages.ts'
export { openPage, PageReader, type ReaderOptions, readPage } from './reader.ts'
