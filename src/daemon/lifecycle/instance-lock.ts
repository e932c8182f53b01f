import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, readdir, readlink, rename, symlink, unlink } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { onFileChange } from '../../config/watch-file.ts'

/**
 * One daemon per home, by a lock that the kernel lets go of when its holder dies, however it dies.
 *
 * The holder listens on a Unix socket with a name that is used once; the symbolic link `daemon.lock` names that
 * socket. Making a link is atomic and fails where one is. Whoever finds a link connects through it: a living
 * holder answers, also one that is stopped or busy (the kernel accepts for it), and a dead one cannot, so neither
 * a reused pid nor a stale file can fool anybody. Names are relative to the home, which must be the working
 * directory, because the path of a socket may hold about 100 characters only.
 */
export interface InstanceLock {
  /** Whether the lock is still ours: false once another process holds it, or somebody removed it. */
  isHeld(): Promise<boolean>
  release(): Promise<void>
}

const linkName = 'daemon.lock'
const socketPattern = /^daemon\.[0-9a-f]{12}\.lock$/

/** Takes the lock of the home that is the working directory; undefined where a living process holds it. */
export const takeInstanceLock = async (): Promise<InstanceLock | undefined> => {
  const socketName = `daemon.${randomBytes(6).toString('hex')}.lock`
  const server = await answerAt(socketName)
  const again = (): Promise<InstanceLock | undefined> => {
    server.close()
    return takeInstanceLock()
  }
  if (!(await makePrivate(socketName))) return again()
  const release = async (): Promise<void> => {
    if ((await linkTarget()) === socketName) await unlink(linkName)
    server.close()
  }
  while (!(await makeLink(socketName))) {
    const holder = await linkTarget()
    if (holder !== undefined && (await isAlive(holder))) {
      server.close()
      return undefined
    }
    await removeStaleLink(holder)
  }
  if (!(await isAlive(socketName))) {
    await release()
    return again()
  }
  await removeDeadSockets(socketName)
  return { isHeld: async () => (await linkTarget()) === socketName, release }
}

/** How often a daemon makes sure that its home is still its own, where the system tells it nothing. */
const checkEveryMs = 30_000

/** Calls back once the lock is no longer ours, by whatever hand; also where the home was removed. Returns the undo. */
export const watchInstanceLock = (lock: InstanceLock, onLost: () => void): (() => void) => {
  const check = async (): Promise<void> => {
    if (!(await lock.isHeld())) onLost()
  }
  const unwatch = onFileChange(linkName, () => void check())
  const timer = setInterval(() => void check(), checkEveryMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    unwatch()
  }
}

const answerAt = async (socketName: string): Promise<net.Server> => {
  const server = net.createServer((connection) => {
    // Whoever probes the lock has gone before it is answered.
    connection.on('error', () => {})
    connection.end(`${process.pid}\n`)
  })
  server.on('error', () => {})
  server.listen(`./${socketName}`)
  await once(server, 'listening')
  return server.unref()
}

/**
 * False where the socket is gone: another daemon that started at this moment looked at it between its making and its
 * listening, took it for dead, and removed it.
 */
const makePrivate = (socketName: string): Promise<boolean> =>
  chmod(socketName, 0o600).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )

const makeLink = (socketName: string): Promise<boolean> =>
  symlink(socketName, linkName).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )

const linkTarget = (): Promise<string | undefined> =>
  readlink(linkName).catch((error: NodeJS.ErrnoException) => {
    // EINVAL: something that is no link stands there, left by somebody else.
    if (error.code === 'ENOENT' || error.code === 'EINVAL') return undefined
    throw error
  })

const isAlive = async (socketName: string): Promise<boolean> => {
  const connection = net.connect(`./${path.basename(socketName)}`)
  try {
    await once(connection, 'connect')
    return true
  } catch {
    return false
  } finally {
    connection.destroy()
  }
}

/**
 * Moves the link away before removing it, because between the look and the removal a third process may have put
 * its own there: then that one is put back.
 */
const removeStaleLink = async (staleTarget: string | undefined): Promise<void> => {
  const moved = `daemon.${randomBytes(6).toString('hex')}.stale`
  try {
    await rename(linkName, moved)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const target = await readlink(moved).catch(() => undefined)
  if (target !== undefined && target !== staleTarget) await makeLink(target)
  await unlink(moved)
}

const removeDeadSockets = async (ownSocketName: string): Promise<void> => {
  const names = await readdir('.')
  const others = names.filter((name) => socketPattern.test(name) && name !== ownSocketName)
  for (const name of others) {
    // A socket that answers belongs to a daemon that is starting at this moment and will find the lock taken.
    if (!(await isAlive(name))) await unlink(name).catch(() => {})
  }
}
