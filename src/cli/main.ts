#!/usr/bin/env node
import { version } from '../version.ts'

// Nothing else is loaded for the version alone, which installers and scripts ask for.
const [first, ...others] = process.argv.slice(2)
if (others.length === 0 && (first === '--version' || first === '-V')) process.stdout.write(`${version}\n`)
else void import('./start.ts').then(({ start }) => start())
