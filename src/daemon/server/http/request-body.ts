import type { IncomingMessage } from 'node:http'
import { SparkyError } from '../../../protocol/failure.ts'
import type { Json } from '../../../protocol/task.ts'
import { parseJson } from '../json-text.ts'

const maxBodyBytes = 1024 * 1024
/**
 * So much of a body that is too large is thrown away before it is refused: who is still sending when the connection
 * ends sees a broken pipe, and not the answer.
 */
const maxDiscardedBytes = 64 * 1024 * 1024

/** The body of a request as JSON; an empty object where there is none. Throws `usage` or `too_large`. */
export const readJsonBody = async (request: IncomingMessage): Promise<Json> => {
  const { headers } = request
  if (headers['content-length'] === '0') return {}
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return {}
  checkType(headers['content-type'])
  const body = await readBytes(request)
  return body.length === 0 ? {} : parseJson(body, 'the body')
}

/** A form or plain text is what a foreign web page can send without asking. */
const checkType = (type: string | undefined): void => {
  if (type !== undefined && /^application\/json\s*(;|$)/i.test(type)) return
  throw new SparkyError(
    'usage',
    `expected Content-Type: application/json, found ${type === undefined ? 'none' : JSON.stringify(type)}`,
  )
}

const readBytes = (request: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > maxDiscardedBytes) reject(tooLarge())
      else if (length > maxBodyBytes) chunks.length = 0
      else chunks.push(chunk)
    })
    request.on('end', () => {
      if (length > maxBodyBytes) reject(tooLarge())
      else resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks))
    })
    request.on('error', (cause) =>
      reject(new SparkyError('usage', 'expected a whole body, found only its start', { cause })),
    )
  })

const tooLarge = (): SparkyError =>
  new SparkyError('too_large', `expected a body of at most ${maxBodyBytes} bytes, found more`)
