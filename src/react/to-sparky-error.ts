import { SparkyError } from '../protocol/failure.ts'

/** Whatever was thrown, as what the hooks show. */
export const toSparkyError = (thrown: unknown): SparkyError =>
  thrown instanceof SparkyError
    ? thrown
    : new SparkyError('internal', thrown instanceof Error ? thrown.message : String(thrown), {
        cause: thrown,
      })
