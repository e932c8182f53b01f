import { readFile } from 'node:fs/promises'
import { onFileChange } from '../../config/watch-file.ts'
import { writePrivateFile } from './home-folder.ts'
import type { Log } from './log.ts'

/** What a client needs of `daemon.json`, which may hold more. */
interface Address {
  readonly pid: number
  readonly url: string
}

interface HomeFiles {
  /** The file is `daemon.json`; asked anew for each look. */
  readonly address: { readonly path: string; readonly value: () => Address }
  readonly token: { readonly path: string; readonly value: string }
  /** Whether the home is still ours to write to. */
  readonly isOurs: () => Promise<boolean>
  readonly log: Pick<Log, 'warn'>
}

/**
 * Puts back the two files by which clients find a running daemon when they are lost or damaged: without them nobody
 * can reach it, not even to stop it. What a person has written there is left. Returns the undo, which resolves when
 * nothing is written any more.
 */
export const keepHomeFiles = ({ address, token, isOurs, log }: HomeFiles): (() => Promise<void>) => {
  let running = Promise.resolve()
  const keep = (path: string, isGood: (text: string) => boolean, content: () => string): (() => void) => {
    const check = async (): Promise<void> => {
      const text = await readFile(path, 'utf8').catch(() => '')
      if (isGood(text) || !(await isOurs())) return
      await writePrivateFile(path, content())
      log.warn({ path }, 'A file that clients need was lost or damaged, and is back')
    }
    return onFileChange(path, () => {
      // One after the other, so that the undo has one end to wait for.
      running = running.then(check).catch((error: unknown) => {
        log.warn({ path, error }, 'A file that clients need is lost or damaged, and could not be put back')
      })
    })
  }
  const undo = [
    keep(
      address.path,
      (text) => leadsTo(text, address.value()),
      () => daemonFileText(address.value()),
    ),
    keep(
      token.path,
      (text) => /^[\x21-\x7e]+$/.test(text.trim()),
      () => `${token.value}\n`,
    ),
  ]
  return async () => {
    for (const stop of undo) stop()
    await running
  }
}

export const daemonFileText = (file: Address): string => `${JSON.stringify(file, null, 2)}\n`

/** Whether whoever reads this comes to the daemon. */
const leadsTo = (text: string, { pid, url }: Address): boolean => {
  try {
    const found = JSON.parse(text) as Partial<Address> | null
    return found?.pid === pid && found.url === url
  } catch {
    return false
  }
}
