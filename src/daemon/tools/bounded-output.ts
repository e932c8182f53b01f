import { counted } from './counted.ts'

/**
 * The output of a command in bounded memory: its head, and its tail in a ring. A command that prints for ever costs
 * no more than `headBytes` and `tailBytes`.
 */
export class BoundedOutput {
  readonly #headBytes: number
  readonly #tailBytes: number
  #head = Buffer.alloc(0)
  #headLength = 0
  #ring: Buffer | undefined
  #ringTotal = 0

  constructor({ headBytes, tailBytes }: { readonly headBytes: number; readonly tailBytes: number }) {
    this.#headBytes = headBytes
    this.#tailBytes = tailBytes
  }

  push(text: string): void {
    const bytes = Buffer.from(text)
    const room = Math.min(bytes.length, this.#headBytes - this.#headLength)
    this.#pushHead(bytes.subarray(0, room))
    this.#pushTail(bytes.subarray(room))
  }

  /** All of it, or head and tail around a line that says how much is missing. */
  text(): string {
    const head = this.#head.subarray(0, this.#headLength)
    const tail = this.#tail()
    const missing = this.#ringTotal - tail.length
    if (missing === 0) return Buffer.concat([head, tail]).toString()
    return `${head.toString()}\n[… ${counted(missing, 'byte')} of output left out here …]\n${tail.toString()}`
  }

  #pushHead(bytes: Buffer): void {
    const needed = this.#headLength + bytes.length
    if (needed > this.#head.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.#headBytes, Math.max(needed, this.#head.length * 2)))
      this.#head.copy(larger, 0, 0, this.#headLength)
      this.#head = larger
    }
    bytes.copy(this.#head, this.#headLength)
    this.#headLength = needed
  }

  #pushTail(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#ring ??= Buffer.allocUnsafe(this.#tailBytes)
    const last = bytes.subarray(Math.max(0, bytes.length - this.#tailBytes))
    this.#ringTotal += bytes.length - last.length
    const at = this.#ringTotal % this.#tailBytes
    const fitting = last.copy(this.#ring, at)
    last.copy(this.#ring, 0, fitting)
    this.#ringTotal += last.length
  }

  #tail(): Buffer {
    if (this.#ring === undefined) return Buffer.alloc(0)
    if (this.#ringTotal <= this.#tailBytes) return this.#ring.subarray(0, this.#ringTotal)
    const at = this.#ringTotal % this.#tailBytes
    return Buffer.concat([this.#ring.subarray(at), this.#ring.subarray(0, at)])
  }
}
