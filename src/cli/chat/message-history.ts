import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'

/** What the arrow up brings back: earlier messages of the user, in whichever conversation. */
export interface MessageHistory {
  /** Newest last. */
  readonly earlier: readonly string[]
  /** Keeps a message for the chats to come. Never throws: a chat goes on without its history. */
  keep(message: string): void
}

const mostMessages = 1_000
/** Longer messages are kept in their conversation only. */
const longestMessage = 32 * 1024
/** More of the file is not read, and it is made short again. */
const mostBytes = 2 * 1024 * 1024

/** The history of this user in a file of JSON lines, for its owner only. What is damaged of it is passed over. */
export const openMessageHistory = (file: string, userId: string): MessageHistory => {
  const { lines, isLong } = readEnd(file)
  const rows = lines.flatMap(rowOf)
  if (isLong) void shorten(file, rows)
  return {
    earlier: rows
      .filter(({ user }) => user === userId)
      .map(({ text }) => text)
      .slice(-mostMessages),
    keep: (text) => {
      if (text.length > longestMessage) return
      try {
        appendFileSync(file, lineOf({ ts: new Date().toISOString(), user: userId, text }), { mode: 0o600 })
      } catch {
        // The message is in its conversation.
      }
    },
  }
}

interface Row {
  readonly ts: string
  readonly user: string
  readonly text: string
}

const lineOf = (row: Row): string => `${JSON.stringify(row)}\n`

const readEnd = (file: string): { readonly lines: readonly string[]; readonly isLong: boolean } => {
  try {
    const handle = openSync(file, 'r')
    try {
      const { size } = fstatSync(handle)
      const bytes = Buffer.alloc(Math.min(size, mostBytes))
      const length = readSync(handle, bytes, 0, bytes.length, size - bytes.length)
      return { lines: bytes.toString('utf8', 0, length).split('\n'), isLong: size > mostBytes }
    } finally {
      closeSync(handle)
    }
  } catch {
    return { lines: [], isLong: false }
  }
}

const rowOf = (line: string): Row[] => {
  try {
    const row = JSON.parse(line) as Partial<Row> | null
    if (typeof row?.text !== 'string' || typeof row.user !== 'string') return []
    return [{ ts: String(row.ts), user: row.user, text: row.text }]
  } catch {
    return []
  }
}

/** The newer half stays. */
const shorten = async (file: string, rows: readonly Row[]): Promise<void> => {
  const kept: string[] = []
  let length = 0
  for (const row of rows.toReversed().slice(0, mostMessages)) {
    const line = lineOf(row)
    length += Buffer.byteLength(line)
    if (length > mostBytes / 2) break
    kept.unshift(line)
  }
  const temporary = `${file}.${process.pid}`
  try {
    await writeFile(temporary, kept.join(''), { mode: 0o600, flag: 'wx' })
    await rename(temporary, file)
  } catch {
    await rm(temporary, { force: true }).catch(() => {})
  }
}
