import { SparkyError } from '../../../protocol/failure.ts'

/** Nothing asks for an approval yet, so none waits. */
export const noApproval = (id: string): SparkyError =>
  new SparkyError('not_found', `no approval "${id}" waits for an answer`)
