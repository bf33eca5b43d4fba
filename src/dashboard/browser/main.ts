import { startPage } from './page.ts'

// The modules are also read where there is no document, by what checks packages.
if ('document' in globalThis) startPage()
