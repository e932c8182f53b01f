import { accessSync, constants, statfsSync, statSync, type Stats } from 'node:fs'
import path from 'node:path'
import { homePaths, sparkyHome } from '../../config/home.ts'
import { fail, ok, warn, type Check } from './check.ts'

const oldestNode = [20, 19] as const
const littleMiB = 500
const nothingMiB = 20

export const checkNode = (found: string = process.versions.node): Check => {
  const [major = 0, minor = 0] = found.split('.').map(Number)
  const isRecent = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
  if (isRecent) return ok('node', `Node ${found}`)
  return fail(
    'node',
    `expected Node ${oldestNode.join('.')} or newer, found ${found}`,
    'install a newer Node: https://nodejs.org',
  )
}

/** The folder that everything is kept in: there, a folder, private, writable. */
export const checkHome = (env: NodeJS.ProcessEnv): Check => {
  const home = sparkyHome(env)
  const found = statOf(home)
  if (found === undefined) return checkParent(home)
  if (!found.isDirectory()) return fail('home', `${home} is a file`, 'set SPARKY_HOME to a folder')
  try {
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    return fail('home', `${home} may not be written to`, `give yourself the right: chmod u+rwx "${home}"`)
  }
  const openTo = found.mode & 0o077
  if (process.platform !== 'win32' && openTo !== 0) {
    const mode = (found.mode & 0o777).toString(8)
    return warn('home', `expected ${home} to be closed to others (700), found ${mode}`, `chmod 700 "${home}"`)
  }
  const { token } = homePaths(home)
  const tokenMode = (statOf(token)?.mode ?? 0) & 0o077
  if (process.platform !== 'win32' && tokenMode !== 0) {
    return fail('home', `${token} can be read by others`, `chmod 600 "${token}", and remove it for a new one`)
  }
  return ok('home', home)
}

/** Not there yet is no fault, if it can be made. */
const checkParent = (home: string): Check => {
  const parent = nearestThatExists(home)
  try {
    accessSync(parent, constants.W_OK | constants.X_OK)
    return ok('home', `${home} (made at first use)`)
  } catch {
    return fail(
      'home',
      `${home} is not there, and may not be made in ${parent}`,
      'set SPARKY_HOME to a folder that you may write to',
    )
  }
}

export const checkDisk = (env: NodeJS.ProcessEnv): Check => {
  const place = nearestThatExists(sparkyHome(env))
  const { bavail, bsize } = statfsSync(place)
  const freeMiB = Math.floor((bavail * bsize) / 1024 / 1024)
  const message = `${freeMiB} MiB free at ${place}`
  if (freeMiB < nothingMiB) return fail('disk', message, 'make room: nothing can be written down without')
  if (freeMiB < littleMiB)
    return warn('disk', message, 'make room, or remove old tasks with "sparky agent tasks clear"')
  return ok('disk', message)
}

const nearestThatExists = (place: string): string => {
  let found = place
  while (statOf(found) === undefined && path.dirname(found) !== found) found = path.dirname(found)
  return found
}

/** Undefined where nothing is, also below a file. */
const statOf = (file: string): Stats | undefined => {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}
