/** `npm run package`: installs and builds what is missing, then stages what is published; see CONTRIBUTING.md. */
import { setUp } from './setup.mjs'
import { stagedFolder, stagePackage, standInFolder } from './stage-package.mjs'

await setUp()
await stagePackage()
console.log(`The package is in ${stagedFolder}. To publish it: npm publish ${stagedFolder}`)
console.log(`What stands for prom-client, for overrides of npm, is in ${standInFolder}.`)
