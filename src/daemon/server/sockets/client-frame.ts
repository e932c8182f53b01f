import type * as z from 'zod'
import { check } from '../../../protocol/check.ts'
import { SparkyError } from '../../../protocol/failure.ts'
import { clientFrameSchema, type ClientFrame } from '../../../protocol/frames.ts'
import type { Json } from '../../../protocol/task.ts'
import { parseJson } from '../json-text.ts'

/** A schema says of each entry of a list what is wrong with it: of 1 MiB of them that takes seconds. */
const maxListed = 10_000

/** A frame of a client on `/api/ws/agent`, parsed once. Throws `usage`, naming what was wrong. */
export const parseClientFrame = (bytes: Buffer, isBinary: boolean): ClientFrame => {
  const frame = jsonOf(bytes, isBinary)
  checkLists(frame)
  return checked(clientFrameSchema, withType(frame))
}

/** A frame of an endpoint that speaks its own language. Throws `usage`, naming what was wrong. */
export const parseFrame = <S extends z.ZodType>(schema: S, bytes: Buffer, isBinary: boolean): z.output<S> =>
  checked(schema, jsonOf(bytes, isBinary))

const jsonOf = (bytes: Buffer, isBinary: boolean): Json => {
  if (isBinary) throw new SparkyError('usage', 'expected a text frame of JSON, found a binary one')
  return parseJson(bytes, 'the frame')
}

const checked = <S extends z.ZodType>(schema: S, frame: Json): z.output<S> => {
  const found = check(schema, frame, 'the frame')
  if (found.ok) return found.value
  throw new SparkyError('usage', found.message)
}

const checkLists = (frame: Json): void => {
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) return
  for (const name of ['tasks', 'types', 'hide']) {
    const list = frame[name]
    if (!Array.isArray(list) || list.length <= maxListed) continue
    throw new SparkyError(
      'usage',
      `expected ${name} to be a list of at most ${maxListed}, found ${list.length}`,
    )
  }
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
