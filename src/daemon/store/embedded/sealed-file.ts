import { readFileSync } from 'node:fs'
import type { Adapter } from 'lowdb'
import { replaceContents, replaceFile } from './disk.ts'
import { sealBytes, unseal } from './sealed-json.ts'

/**
 * A lowdb adapter for one object in a file: written whole or not at all, with a checksum, on disk when `write`
 * resolves. `read` gives null only where there is no file: one that is empty, torn or holds anything but what
 * was written is damaged, never "no object yet".
 */
export class SealedFile<T extends object> implements Adapter<T> {
  readonly #path: string
  readonly #replace: typeof replaceFile

  /** With `isOneOfMany` its name is durable only after a `syncDirectory`. */
  constructor(path: string, { isOneOfMany = false }: { readonly isOneOfMany?: boolean } = {}) {
    this.#path = path
    this.#replace = isOneOfMany ? replaceContents : replaceFile
  }

  async read(): Promise<T | null> {
    return this.readSync()
  }

  readSync(): T | null {
    let bytes: Buffer
    try {
      bytes = readFileSync(this.#path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
    const object = unseal(bytes)
    if (object === undefined) throw new Error(`${this.#path} is damaged: expected JSON with its checksum`)
    return object as T
  }

  async write(object: T): Promise<void> {
    await this.#replace(this.#path, sealBytes(JSON.stringify(object)))
  }
}
