/**
 * The path rules of the file tools. A path is relative to the task's working directory, and what it leads to must
 * lie below it once every symbolic link is resolved. `~` and `%2e` mean nothing special. The places that this file
 * returns are opened by `open-file.ts`, which makes sure that nobody swapped a link in between.
 */
import { lstat, realpath } from 'node:fs/promises'
import path from 'node:path'
import { SparkyError } from '../../protocol/failure.ts'
import { aboutFile, errorCode } from './file-failure.ts'
import { refuseRiskyTarget } from './risky-targets.ts'
import type { ToolContext } from './tool.ts'

/** Where a task's file tools may go. All paths are canonical: absolute, without any symbolic link. */
export interface Workspace {
  readonly root: string
  /** The working directory as the task names it; may lead to `root` through links. */
  readonly givenRoot: string
  /** Folders below `root` that are closed for reading and writing. */
  readonly closed: readonly string[]
}

/** A place below a workspace's root. */
export interface Place {
  /** Canonical absolute path; what stands there need not exist. */
  readonly path: string
  /** Relative to the root, with `/`; `.` is the root itself. */
  readonly name: string
}

export const workspaceOf = async (
  context: Pick<ToolContext, 'cwd' | 'protectedPaths'>,
): Promise<Workspace> => {
  const root = await aboutFile(context.cwd, () => realpath(context.cwd))
  const given = await Promise.all((context.protectedPaths ?? []).map(canonical))
  // A task may work in a folder of Sparky's home that is made for it; then the home itself is no obstacle.
  const closed = given.filter((folder) => isInside(root, folder))
  return { root, givenRoot: path.resolve(context.cwd), closed }
}

/** Finds the place that a path leads to. Throws `forbidden` where it lies outside or is closed. */
export const locate = async (workspace: Workspace, given: string): Promise<Place> => {
  if (given.includes('\0')) throw new SparkyError('usage', 'expected a path without NUL characters in it')
  const absolute = path.resolve(workspace.root, given)
  if (!isInside(workspace.root, absolute) && !isInside(workspace.givenRoot, absolute)) throw outside(given)
  const real = await aboutFile(given, () => canonical(absolute))
  if (!isInside(workspace.root, real)) throw outside(given)
  if (isClosed(workspace, real)) {
    throw new SparkyError(
      'forbidden',
      `${given}: this folder belongs to Sparky itself and is closed for tools`,
    )
  }
  return placeAt(workspace, real)
}

/** As `locate`, and refuses what would run code or widen an agent's rights later. */
export const locateForWriting = async (workspace: Workspace, given: string): Promise<Place> => {
  if (/[/\\]$/.test(given))
    throw new SparkyError('usage', `expected a path of a file, found the folder "${given}"`)
  const place = await locate(workspace, given)
  refuseRiskyTarget(place.name)
  return place
}

/** The place at a path that is known to be canonical and below the root. */
export const placeAt = (workspace: Workspace, real: string): Place => ({
  path: real,
  name: path.relative(workspace.root, real).replaceAll(path.sep, '/') || '.',
})

export const isClosed = (workspace: Workspace, real: string): boolean =>
  workspace.closed.some((folder) => isInside(folder, real))

/** Whether a path is a folder or lies below it, compared part by part. */
export const isInside = (folder: string, target: string): boolean => {
  const relative = path.relative(folder, target)
  return relative === '' || (relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative))
}

/** The path without symbolic links; its last parts need not exist, but may not be links into nowhere. */
const canonical = async (absolute: string): Promise<string> => {
  try {
    return await realpath(absolute)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || (await isLink(absolute)) || absolute === path.dirname(absolute))
      throw error
    return path.join(await canonical(path.dirname(absolute)), path.basename(absolute))
  }
}

const isLink = async (absolute: string): Promise<boolean> => {
  try {
    return (await lstat(absolute)).isSymbolicLink()
  } catch {
    return false
  }
}

const outside = (given: string): SparkyError =>
  new SparkyError('forbidden', `${given}: this lies outside of the task's working directory`, {
    hint: 'File tools reach only what is below it. Use a path relative to it.',
  })
