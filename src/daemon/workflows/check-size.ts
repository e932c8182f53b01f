import { SparkyError } from '../../protocol/failure.ts'

/** Throws `too_large` where a node hands over more than that. */
export const checkSize = (size: number, most: number, what: string): void => {
  if (size <= most) return
  throw new SparkyError('too_large', `expected ${what} to have at most ${most} characters, found ${size}`)
}
