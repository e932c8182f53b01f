import { TokenBucket } from './token-bucket.ts'

/** Frames that a client may send at once, and a second in the long run. */
const burst = 500
const perSecond = 100
/** To parse a large frame takes as long as many small ones: it counts once for each of these. */
const bytesOfOne = 16 * 1024
/** So many refused frames close the connection, unless as many have been let through in between. */
const maxRefused = 200

/** Judges the frames of one connection: take it, refuse it, or end the connection. */
export class FloodGate {
  readonly #bucket: TokenBucket
  #refused = 0

  constructor(nowMs?: () => number) {
    this.#bucket = new TokenBucket({
      capacity: burst,
      refillPerSecond: perSecond,
      ...(nowMs === undefined ? {} : { nowMs }),
    })
  }

  /** Of a frame of so many bytes. */
  judge(bytes = 0): 'take' | 'refuse' | 'close' {
    if (this.#bucket.take(Math.max(1, bytes / bytesOfOne))) {
      this.#refused = Math.max(0, this.#refused - 1)
      return 'take'
    }
    this.#refused += 1
    return this.#refused > maxRefused ? 'close' : 'refuse'
  }
}
