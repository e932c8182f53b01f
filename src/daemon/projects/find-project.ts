import { realpathSync, statSync, type Stats } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { isInside } from './read-text.ts'

/** A folder that holds `.sparky/` or `.mcp.json`. */
export interface Project {
  /** Absolute, without symbolic links. */
  readonly root: string
}

/** Where a project keeps what it brings along. */
export const projectPaths = ({ root }: Project) => ({
  agents: path.join(root, '.sparky', 'agents'),
  workflows: path.join(root, '.sparky', 'workflows'),
  mcp: path.join(root, '.mcp.json'),
})

/**
 * The project that a folder belongs to: the nearest one at or above it, not above its Git root. Neither the user's
 * home folder is one nor the home of any Sparky, nor what is inside of ours. Looked up anew each time; a folder that is not
 * there belongs to none.
 */
export const findProject = (cwd: string, home: string): Project | undefined => {
  // Where tasks work that nobody has given a folder: no need to ask the disk for each of them.
  if (cwd === path.join(home, 'work')) return undefined
  const closed = realPath(home) ?? home
  for (const folder of foldersAbove(cwd, closed)) {
    if (isProject(folder, closed)) return { root: folder }
    if (found(path.join(folder, '.git')) !== undefined) return undefined
  }
  return undefined
}

/** The root of the Git repository that a folder belongs to, with the same bounds; whether or not it is a project. */
export const findRepository = (cwd: string, home: string): string | undefined =>
  foldersAbove(cwd, realPath(home) ?? home).find((folder) => {
    const marker = path.join(folder, '.git')
    return found(marker) !== undefined && isOurs(folder, marker)
  })

/** This folder and those above it, as far as a project or a repository may reach. */
const foldersAbove = (cwd: string, closed: string): string[] => {
  const start = realPath(cwd)
  if (start === undefined || isInside(closed, start)) return []
  const stops = new Set([realPath(os.homedir()), path.parse(start).root])
  const folders: string[] = []
  for (let folder = start; !stops.has(folder); folder = path.dirname(folder)) folders.push(folder)
  return folders
}

const isProject = (folder: string, closed: string): boolean => {
  const own = path.join(folder, '.sparky')
  const isProjects = found(own)?.isDirectory() === true && realPath(own) !== closed && !isHome(own)
  if (isProjects && isOurs(folder, own)) return true
  const list = path.join(folder, '.mcp.json')
  return found(list)?.isFile() === true && isOurs(folder, list)
}

/** Whether a daemon keeps its store there: the home of another user, or of another Sparky. */
const isHome = (folder: string): boolean => found(path.join(folder, 'store'))?.isDirectory() === true

/** In a folder that everybody may write to, such as /tmp, somebody else must not make us a project. */
const isOurs = (folder: string, marker: string): boolean => {
  const self = process.getuid?.()
  if (self === undefined || ((found(folder)?.mode ?? 0) & 0o002) === 0) return true
  return found(marker)?.uid === self
}

const found = (file: string): Stats | undefined => {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch {
    // No right to look, or a link to itself.
    return undefined
  }
}

const realPath = (folder: string): string | undefined => {
  try {
    return realpathSync.native(folder)
  } catch {
    return undefined
  }
}
