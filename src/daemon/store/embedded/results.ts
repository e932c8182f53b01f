import { createHash } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeptResult } from '../store.ts'
import { makePrivateDirectory, replaceFile, syncDirectory } from './disk.ts'

/** Whole results of tools, a file each below a folder for each task: a line of JSON about it, then the text. */
export class ResultFiles {
  readonly #directory: string

  private constructor(directory: string) {
    this.#directory = directory
  }

  static async in(directory: string): Promise<ResultFiles> {
    await makePrivateDirectory(directory)
    return new ResultFiles(directory)
  }

  /** Resolves once the text is on disk, cut to 10 MiB between two characters. */
  async keep(taskId: string, callId: string, text: string): Promise<void> {
    const whole = Buffer.from(text)
    const head: ResultHead = { call_id: callId, bytes: whole.length }
    const made = await mkdir(this.#taskDirectory(taskId), { recursive: true, mode: 0o700 })
    if (made !== undefined) await syncDirectory(this.#directory)
    await replaceFile(
      this.#path(taskId, callId),
      Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), cutBetweenCharacters(whole)]),
    )
  }

  async read(taskId: string, callId: string): Promise<KeptResult | undefined> {
    let file: Buffer
    try {
      file = await readFile(this.#path(taskId, callId))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    const headEnd = file.indexOf(0x0a)
    const head = JSON.parse(file.toString('utf8', 0, headEnd)) as ResultHead
    return { text: file.toString('utf8', headEnd + 1), bytes: head.bytes }
  }

  async remove(taskId: string): Promise<void> {
    await rm(this.#taskDirectory(taskId), { recursive: true, force: true })
  }

  #taskDirectory(taskId: string): string {
    return join(this.#directory, fileName(taskId))
  }

  /** Call ids are a model's words: they must not choose a path, and two of them must not share one. */
  #path(taskId: string, callId: string): string {
    return join(this.#taskDirectory(taskId), `${hash(callId)}.txt`)
  }
}

interface ResultHead {
  readonly call_id: string
  /** Of the whole result, also where less of it was kept. */
  readonly bytes: number
}

const maxResultBytes = 10 * 1024 * 1024

const fileName = (taskId: string): string => (/^[\da-f-]{1,64}$/.test(taskId) ? taskId : hash(taskId))

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40)

const cutBetweenCharacters = (bytes: Buffer): Buffer => {
  if (bytes.length <= maxResultBytes) return bytes
  let end = maxResultBytes
  // A byte 10xxxxxx goes on with the character before it.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.subarray(0, end)
}
