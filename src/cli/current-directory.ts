import { SparkyError } from '../protocol/failure.ts'

/** Throws `usage` where it was removed. */
export const currentDirectory = (): string => {
  try {
    return process.cwd()
  } catch (error) {
    throw new SparkyError('usage', 'expected the current directory to exist, but it was removed', {
      hint: 'change to another directory, or use --cwd',
      cause: error,
    })
  }
}
