import { execa } from 'execa'
import { readdir } from 'node:fs/promises'
import path from 'node:path'

const mostFiles = 100_000
const longestGitMs = 10_000
/** Nothing is found before it is over. */
const longestWalkMs = 2000
/** Of what git says, more is not read. */
const mostBytes = 32 * 1024 * 1024

/**
 * The files below a folder, and the folders that hold them (with a slash), as paths from there. Where git knows the
 * folder, without what it ignores; else without hidden folders and `node_modules`. Never rejects: what cannot be read
 * is not there.
 */
export const listFiles = async (cwd: string, signal: AbortSignal): Promise<readonly string[]> => {
  const files = (await trackedFiles(cwd, signal)) ?? (await walkedFiles(cwd, signal))
  return [...foldersOf(files), ...files]
}

/** Null where git is not there, or does not know the folder. */
const trackedFiles = async (cwd: string, signal: AbortSignal): Promise<readonly string[] | null> => {
  const { stdout, failed, isMaxBuffer } = await execa(
    'git',
    // A repository may name a program that git is to start for this; none is.
    [
      '-c',
      'core.fsmonitor=false',
      'ls-files',
      '-z',
      '--cached',
      '--others',
      '--exclude-standard',
      '--deduplicate',
    ],
    {
      cwd,
      reject: false,
      cancelSignal: signal,
      timeout: longestGitMs,
      maxBuffer: mostBytes,
      stdin: 'ignore',
      stripFinalNewline: false,
      env: { GIT_OPTIONAL_LOCKS: '0' },
    },
  ).catch(() => ({ stdout: '', failed: true, isMaxBuffer: false }))
  if (failed && !isMaxBuffer) return null
  return stdout
    .slice(0, stdout.lastIndexOf('\0'))
    .split('\0', mostFiles)
    .filter((file) => file !== '')
}

/** Level by level, so that what is near is there even where not everything is. Follows no links. */
const walkedFiles = async (cwd: string, signal: AbortSignal): Promise<readonly string[]> => {
  const files: string[] = []
  const waiting = ['']
  const startedMs = performance.now()
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    if (signal.aborted || performance.now() - startedMs > longestWalkMs) break
    const entries = await readdir(path.join(cwd, folder), { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isFile()) files.push(name)
      if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
        waiting.push(name)
      if (files.length >= mostFiles) return files
    }
  }
  return files
}

const foldersOf = (files: readonly string[]): ReadonlySet<string> => {
  const folders = new Set<string>()
  for (const file of files) {
    for (let end = file.lastIndexOf('/'); end > 0; end = file.lastIndexOf('/', end - 1)) {
      const folder = file.slice(0, end + 1)
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  return folders
}
