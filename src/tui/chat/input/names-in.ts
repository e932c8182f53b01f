import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'

const mostNames = 50
/** More entries of a folder are not looked at. */
const mostEntries = 20_000

/** Paths that go on where `typed` stops, as they are typed: names in the folder that it names so far. */
export const namesIn = async (cwd: string, typed: string): Promise<readonly string[]> => {
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1)
  if (folder === '') return typed === '..' || typed === '~' ? [`${typed}/`] : []
  const start = typed.slice(folder.length).toLowerCase()
  const real = folder.startsWith('~/') ? path.join(homedir(), folder.slice(1)) : path.resolve(cwd, folder)
  const entries = await readdir(real, { withFileTypes: true }).catch(() => [])
  return entries
    .slice(0, mostEntries)
    .filter(({ name }) => name.toLowerCase().startsWith(start) && (start !== '' || !name.startsWith('.')))
    .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
    .sort()
    .slice(0, mostNames)
}
