import { crc32 } from 'node:zlib'

/**
 * JSON with a checksum that is still JSON: the text of an object (not an empty one) whose last member becomes `crc`,
 * the CRC-32 of all the bytes before that member. Lines of the log and files of the snapshot look like this.
 */
export const seal = (json: string): string => {
  const body = json.slice(0, -1)
  return body + closing(crc32(body))
}

/** The same as bytes, which saves encoding the text twice. */
export const sealBytes = (json: string): Buffer => sealInto(Buffer.from(`${json}${room}`))

/** The same with a line end. */
export const sealLine = (json: string): Buffer => {
  const bytes = Buffer.from(`${json}${room}\n`)
  return sealInto(bytes, bytes.length - 1)
}

/** How many bytes `closing` takes. */
export const closingBytes = 18

/** Where the next closing may stand in `bytes`; -1 where none does. */
export const findClosing = (bytes: Buffer, from: number): number => bytes.indexOf(closingStart, from)

/** The object that was sealed in `bytes` from `start` up to `end`; undefined where the checksum does not hold. */
export const unseal = (bytes: Buffer, start = 0, end = bytes.length): object | undefined => {
  const bodyEnd = end - closingBytes
  if (bodyEnd <= start) return undefined
  const found = bytes.toString('latin1', bodyEnd, end)
  if (found !== closing(crc32(bytes.subarray(start, bodyEnd)))) return undefined
  return JSON.parse(`${bytes.toString('utf8', start, bodyEnd)}}`) as object
}

/** For what `closing` takes beyond the last brace. */
const room = ' '.repeat(closingBytes - 1)

const sealInto = (bytes: Buffer, end = bytes.length): Buffer => {
  const bodyEnd = end - closingBytes
  const crc = crc32(bytes.subarray(0, bodyEnd))
  // As `closing`, which would make four strings of it for every event.
  let at = bodyEnd
  for (let nth = 0; nth < closingStart.length; nth += 1) bytes[at++] = closingStart.charCodeAt(nth)
  for (let shift = 28; shift >= 0; shift -= 4) bytes[at++] = hexDigits.charCodeAt((crc >>> shift) & 15)
  bytes[at] = 0x22
  bytes[at + 1] = 0x7d
  return bytes
}

const hexDigits = '0123456789abcdef'

const closingStart = ',"crc":"'

const closing = (crc: number): string => `${closingStart}${crc.toString(16).padStart(8, '0')}"}`
