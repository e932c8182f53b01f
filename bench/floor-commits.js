/**
 * The floor of a task's commits: as many bytes appended and synced, one after the other. Prints the milliseconds that
 * one commit takes. Usage: floor-commits.js FILE COMMITS BYTES
 */
import { open } from 'node:fs/promises'

const [path, commits, bytes] = process.argv.slice(2)
const file = await open(path, 'a')
const start = performance.now()
for (let commit = 0; commit < Number(commits); commit += 1) {
  await file.appendFile('x'.repeat(Number(bytes)))
  await file.datasync()
}
process.stdout.write(`${(performance.now() - start) / Number(commits)}\n`)
await file.close()
