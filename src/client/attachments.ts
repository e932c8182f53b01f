import { open, readdir, stat } from 'node:fs/promises'
import { constants } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { barePath, mentionsIn, type Mention } from './mentions.ts'

/** A file as it goes with a message, in `metadata.attachments`. Of a folder, `text` is the names in it. */
// A type, not an interface: it is to pass for JSON.
type Attachment = {
  /** As the message names it. */
  readonly path: string
  readonly text: string
  /** Whether there is more of it than `text`. */
  readonly truncated: boolean
}

/** A file that a message names and that does not go with it, and why: "no such file". */
interface NotAttached {
  readonly path: string
  readonly reason: string
}

export interface Attached {
  readonly attachments: readonly Attachment[]
  readonly left: readonly NotAttached[]
}

/** More of one file is not sent. */
const maxFileBytes = 128 * 1024
/** All files of a message, as JSON; a message holds 1 MiB with everything that goes with it. */
const maxBytes = 512 * 1024
const maxMessageBytes = 960 * 1024
const maxFiles = 50
const maxNames = 1000

/**
 * Reads the files that a message names with `@`, from the folder that it is written in; also from outside of it, since
 * the user names them. Never rejects: what cannot be attached is named, with the reason. `message` is all that is sent,
 * where `text` is a part of it.
 */
export const attachmentsOf = async (text: string, cwd: string, message = text): Promise<Attached> => {
  const attachments: Attachment[] = []
  const left: NotAttached[] = []
  let room = Math.min(maxBytes, maxMessageBytes - jsonBytes(message))
  for (const mention of mentionsIn(text)) {
    const found = attachments.length < maxFiles ? await read(mention, cwd) : tooMany(mention)
    const fitting = 'reason' in found ? found : cutTo(found, room)
    if ('reason' in fitting) {
      left.push(fitting)
      continue
    }
    if (attachments.some((other) => other.path === fitting.path)) continue
    attachments.push(fitting)
    room -= jsonBytes(fitting.text)
  }
  return { attachments, left }
}

const tooMany = ({ path: name }: Mention): NotAttached => ({
  path: name,
  reason: `${maxFiles} files go with a message at most`,
})

const read = async (mention: Mention, cwd: string): Promise<Attachment | NotAttached> => {
  const name = await nameOf(mention, cwd)
  const file = place(name, cwd)
  try {
    const stats = await stat(file)
    if (stats.isDirectory()) return await readNames(name, file)
    if (!stats.isFile()) return { path: name, reason: 'neither a file nor a folder' }
    return await readText(name, file)
  } catch (error) {
    return { path: name, reason: reasonOf(error) }
  }
}

/** `@notes.md,` means `notes.md`, unless there is a file of that very name. */
const nameOf = async (mention: Mention, cwd: string): Promise<string> => {
  const bare = barePath(mention)
  return bare === mention.path || (await exists(place(mention.path, cwd))) ? mention.path : bare
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )

const place = (name: string, cwd: string): string =>
  name === '~' || name.startsWith('~/') ? path.join(homedir(), name.slice(1)) : path.resolve(cwd, name)

const readNames = async (name: string, folder: string): Promise<Attachment> => {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.map((entry) => entry.name + (entry.isDirectory() ? '/' : '')).sort()
  return { path: name, text: names.slice(0, maxNames).join('\n'), truncated: names.length > maxNames }
}

const readText = async (name: string, file: string): Promise<Attachment | NotAttached> => {
  // What has become a pipe since would keep us waiting.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const bytes = Buffer.alloc(maxFileBytes + 1)
    let length = 0
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, null)
      if (bytesRead === 0) break
      length += bytesRead
    }
    const truncated = length > maxFileBytes
    const text = textOf(bytes.subarray(0, Math.min(length, maxFileBytes)), truncated)
    return text === null ? { path: name, reason: 'not a text file' } : { path: name, text, truncated }
  } finally {
    await handle.close()
  }
}

/** Null for what is no text in UTF-8. */
const textOf = (bytes: Buffer, isCut: boolean): string | null => {
  if (bytes.includes(0)) return null
  try {
    // In a stream, half a character at the end is waited for: it is left out.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut })
  } catch {
    return null
  }
}

/** As much of it as there is room for. */
const cutTo = (attachment: Attachment, room: number): Attachment | NotAttached => {
  const { path: name, text } = attachment
  if (jsonBytes(text) <= room) return attachment
  let length = text.length
  while (length > 0 && jsonBytes(text.slice(0, length)) > room) length = Math.floor(length * 0.9)
  if (length < 1000) return { path: name, reason: 'the files of a message hold 512 KiB together' }
  return { path: name, text: text.slice(0, length).replace(/[\uD800-\uDBFF]$/, ''), truncated: true }
}

const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text))

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'not allowed to read it',
  EPERM: 'not allowed to read it',
  ELOOP: 'its links go round in a circle',
  ENAMETOOLONG: 'no such file',
}

const reasonOf = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException
  return reasons[code] ?? message
}
