import { SparkyError, type FailureCode } from '../../protocol/failure.ts'

const meanings: Record<string, readonly [FailureCode, string]> = {
  ENOENT: ['not_found', 'there is no such file or folder'],
  ENOTDIR: ['tool_failed', 'a part of this path is no folder'],
  EISDIR: ['tool_failed', 'this is a folder'],
  EACCES: ['forbidden', 'permission denied'],
  EPERM: ['forbidden', 'the system does not permit it'],
  ELOOP: ['forbidden', 'a symbolic link changed while it was opened, or leads in a circle'],
  ENAMETOOLONG: ['usage', 'this path is longer than the system allows'],
  ENOSPC: ['tool_failed', 'the disk is full'],
  EDQUOT: ['tool_failed', 'the disk quota is used up'],
  EROFS: ['tool_failed', 'the file system is read-only'],
  EMFILE: ['tool_failed', 'too many files are open'],
}

/** Runs `action`; what the file system throws becomes a sentence about the path as the model named it. */
export const aboutFile = async <T>(name: string, action: () => Promise<T>): Promise<T> => {
  try {
    return await action()
  } catch (error) {
    throw fileFailure(error, name)
  }
}

const fileFailure = (error: unknown, name: string): unknown => {
  const code = errorCode(error)
  if (code === undefined) return error
  const [failureCode, meaning] = meanings[code] ?? ['tool_failed', code]
  return new SparkyError(failureCode, `${name}: ${meaning}`, { cause: error })
}

/** The system's code of an error (`ENOENT`), where it has one. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
