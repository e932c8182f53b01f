import { randomBytes } from 'node:crypto'
import { chmod, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { homePaths, type HomePaths } from '../../config/home.ts'
import { makeFolders } from '../../config/make-folders.ts'
import { SparkyError } from '../../protocol/failure.ts'

const folderMode = 0o700
const fileMode = 0o600

/** Makes the home and its folders, for their owner only. Throws `forbidden` where the home is somebody else's. */
export const prepareHome = async (home: string): Promise<HomePaths> => {
  const paths = homePaths(home)
  for (const folder of [paths.home, paths.store, paths.logs, paths.work]) await prepareFolder(folder)
  return paths
}

/**
 * The token that every client needs: the environment's, else the one kept in `$SPARKY_HOME/token`, else a new one.
 * It is kept in the file in any case, because the clients of this user read it there.
 */
export const prepareToken = async (file: string, fromEnvironment: string | undefined): Promise<string> => {
  const kept = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => '',
  )
  const token = fromEnvironment || kept || randomBytes(32).toString('base64url')
  if (token === kept) await chmod(file, fileMode)
  else await writePrivateFile(file, `${token}\n`)
  return token
}

/** Replaces a file in one step: a reader sees the old content or the new, and nobody else may read either. */
export const writePrivateFile = async (file: string, content: string): Promise<void> => {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  try {
    const handle = await open(temporary, 'wx', fileMode)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
}

const prepareFolder = async (folder: string): Promise<void> => {
  try {
    makeFolders(folder)
  } catch (error) {
    throw new SparkyError(
      'usage',
      `expected ${folder} to be a folder, or to be made as one: ${(error as Error).message}`,
      {
        hint: 'SPARKY_HOME says where Sparky keeps everything.',
        cause: error,
      },
    )
  }
  const { uid, mode } = await stat(folder)
  const self = process.getuid?.()
  if (self !== undefined && self !== 0 && uid !== self) {
    throw new SparkyError(
      'forbidden',
      `expected ${folder} to belong to the user with id ${self}, found it belongs to ${uid}`,
      {
        hint: 'Set SPARKY_HOME to a folder of your own.',
      },
    )
  }
  if ((mode & 0o077) !== 0) await chmod(folder, folderMode)
}
