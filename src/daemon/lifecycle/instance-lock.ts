import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, lstat, readdir, readlink, rename, symlink, unlink } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { onFileChange } from '../../config/watch-file.ts'

/**
 * One daemon per home, by a lock that the kernel lets go of when its holder dies, however it dies.
 *
 * The holder listens on a Unix socket with a name that is used once; the symbolic link `daemon.lock` names that
 * socket. Making a link is atomic and fails where one is. Whoever finds a link connects through it: a living
 * holder answers, also one that is stopped or busy (the kernel accepts for it), and a dead one cannot, so neither
 * a reused pid nor a stale file can fool anybody. A dead one's link is replaced by its heir alone: who first makes
 * the link `SOCKET.heir`, or, where that one has died as well, the heir of the heir. Names are relative to the home,
 * which must be the working directory, because the path of a socket may hold about 100 characters only.
 */
export interface InstanceLock {
  /** Whether the lock is still ours: false once another process holds it, or somebody removed it. */
  isHeld(): Promise<boolean>
  release(): Promise<void>
}

const linkName = 'daemon.lock'
const socketPattern = /^daemon\.[0-9a-f]{12}\.lock$/
const heirPattern = /^daemon\.([0-9a-f]{12}\.)?lock\.heir(\.new)?$/
/** Far longer than it takes from the making of a socket until it listens: only an older one is dead if it is silent. */
const silentSocketMs = 10_000
/** Between two looks at what somebody else is about to do. */
const lookAgainMs = 5

/** Takes the lock of the home that is the working directory; undefined where a living process holds it. */
export const takeInstanceLock = async (): Promise<InstanceLock | undefined> => {
  const socketName = `daemon.${randomBytes(6).toString('hex')}.lock`
  const server = await answerAt(socketName)
  const again = (): Promise<InstanceLock | undefined> => {
    server.close()
    return takeInstanceLock()
  }
  if (!(await makePrivate(socketName))) return again()
  while (!(await makeLink(socketName, linkName))) {
    const holder = await linkTarget()
    if (holder === undefined) continue
    if (await isAlive(holder)) {
      server.close()
      return undefined
    }
    if (await inherit(holder, socketName)) break
    await delay(lookAgainMs)
  }
  // Where the socket was removed nobody can see that the lock is held; who comes next inherits it.
  if (!(await isAlive(socketName))) return again()
  await removeRemains(socketName)
  const isHeld = async (): Promise<boolean> => (await linkTarget()) === socketName
  const release = async (): Promise<void> => {
    if (await isHeld()) await unlink(linkName)
    server.close()
  }
  return { isHeld, release }
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

const makeLink = (target: string, name: string): Promise<boolean> =>
  symlink(target, name).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )

/** What a link names; undefined where there is none. What is no link, left by somebody else, names itself. */
const linkTarget = (name = linkName): Promise<string | undefined> =>
  readlink(name).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    if (error.code === 'EINVAL') return name
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

/** Puts our link in the place of a dead holder's; false where that is, or has been, somebody else's to do. */
const inherit = async (holder: string, socketName: string): Promise<boolean> => {
  const right = await takeHeirship(holder, socketName)
  if (right === undefined) return false
  // A name is used once, so a link that still names the dead one cannot be changed by anybody but its heir.
  const isStill = (await linkTarget()) === holder
  if (isStill) {
    await symlink(socketName, `${right}.new`)
    await rename(`${right}.new`, linkName)
    if (socketPattern.test(holder)) await unlink(holder).catch(() => {})
  }
  await unlink(right).catch(() => {})
  return isStill
}

/** The link that makes us the heir; undefined where a living process is that already. */
const takeHeirship = async (holder: string, socketName: string): Promise<string | undefined> => {
  for (let dead = holder; ;) {
    const right = `${path.basename(dead)}.heir`
    if (await makeLink(socketName, right)) return right
    const heir = await linkTarget(right)
    if (heir === undefined || (await isAlive(heir))) return undefined
    dead = heir
  }
}

/** What the dead have left. Of their rights none is needed any more once the lock is held. */
const removeRemains = async (ownSocketName: string): Promise<void> => {
  for (const name of await readdir('.')) {
    const isSocket = socketPattern.test(name) && name !== ownSocketName
    if (heirPattern.test(name) || (isSocket && (await isDeadSocket(name)))) await unlink(name).catch(() => {})
  }
}

/** A silent socket may belong to a daemon that is starting at this moment and does not listen yet. */
const isDeadSocket = async (name: string): Promise<boolean> => {
  const mtimeMs = await lstat(name).then(
    (found) => found.mtimeMs,
    () => Infinity,
  )
  return Date.now() - mtimeMs > silentSocketMs && !(await isAlive(name))
}
