import { check } from '../../protocol/check.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { clientFrameSchema, type ClientFrame } from '../../protocol/frames.ts'
import type { Json } from '../../protocol/task.ts'
import { parseJson } from './json-text.ts'

/** A frame of a client, parsed once. Throws `usage`, naming what was wrong. */
export const parseClientFrame = (bytes: Buffer, isBinary: boolean): ClientFrame => {
  if (isBinary) throw new SparkyError('usage', 'expected a text frame of JSON, found a binary one')
  const checked = check(clientFrameSchema, withType(parseJson(bytes, 'the frame')), 'the frame')
  if (checked.ok) return checked.value
  throw new SparkyError('usage', checked.message)
}

/** The older clients' chat messages carry no type. */
const withType = (frame: Json): Json =>
  typeof frame === 'object' &&
  frame !== null &&
  !Array.isArray(frame) &&
  !Object.hasOwn(frame, 'type') &&
  Object.hasOwn(frame, 'message')
    ? { ...frame, type: 'message' }
    : frame
