#!/usr/bin/env node
// Asked so often, by scripts, that it does not wait for the rest to be loaded.
if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-V')) {
  console.log(require('../package.json').version)
} else {
  require('../dist/cli.cjs')
}
