export { defaultDirectory } from '../os/trusted-directory.ts'
export { listPages } from './directory.ts'
export { type PageFailure, type PagesRead, readPages } from './read/open-pages.ts'
export { openPage, PageReader, type ReaderOptions, readPage } from './read/reader.ts'
