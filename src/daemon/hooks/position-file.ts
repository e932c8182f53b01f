import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { replaceFile } from '../store/embedded/disk.ts'
import type { DeliveredUpTo } from './deliveries.ts'

/** What is found where an earlier daemon has kept how far it had come. */
export type FoundPosition =
  | { readonly kind: 'found'; readonly storeId: string; readonly position: DeliveredUpTo }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** Events that nobody is called for are not worth a write of their own. */
const lazyMs = 5000

interface PositionFileOptions {
  readonly path: string
  readonly storeId: string
  /** Asked when a write begins. */
  readonly position: () => DeliveredUpTo
  /** Told of the first of several failures in a row; the next save tries again. */
  readonly onFailure: (reason: string) => void
}

/** Keeps on disk how far the hooks have come: whole or not at all, one write at a time. */
export class PositionFile {
  readonly #options: PositionFileOptions
  #writing: Promise<void> | undefined
  #isDue = false
  #timer: NodeJS.Timeout | undefined
  #hasFailed = false

  constructor(options: PositionFileOptions) {
    this.#options = options
  }

  /** Writes it soon: there is nothing that a crash before would lose. */
  saveLater(): void {
    this.#timer ??= setTimeout(() => void this.save(), lazyMs).unref()
  }

  /** Resolves when the position of the call, or a later one, is on disk, or could not be written. */
  async save(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isDue = true
    this.#writing ??= this.#write()
    await this.#writing
  }

  async #write(): Promise<void> {
    const { path, storeId, position, onFailure } = this.#options
    while (this.#isDue) {
      this.#isDue = false
      try {
        const { seq, delivered } = position()
        await replaceFile(path, `${JSON.stringify({ store_id: storeId, seq, delivered })}\n`)
        this.#hasFailed = false
      } catch (error) {
        // A full disk is said once, not after every task.
        if (!this.#hasFailed) onFailure((error as Error).message)
        this.#hasFailed = true
      }
    }
    this.#writing = undefined
  }
}

const storedSchema = z.object({
  store_id: z.string(),
  seq: z.number().int().nonnegative(),
  delivered: z.array(z.number().int().positive()),
})

export const readPosition = async (path: string): Promise<FoundPosition> => {
  try {
    const { store_id: storeId, ...position } = storedSchema.parse(JSON.parse(await readFile(path, 'utf8')))
    return { kind: 'found', storeId, position }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'missing' }
    return { kind: 'unreadable', reason: error instanceof z.ZodError ? 'not of its form' : String(error) }
  }
}
