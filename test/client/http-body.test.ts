import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BodyDecoder } from '../../src/client/http-body.ts'

/** Feeds the bytes in pieces that end at the given places. */
const decode = (
  headers: Record<string, string>,
  bytes: Buffer,
  cuts: readonly number[],
): { text: string; isComplete: boolean } => {
  const body = new BodyDecoder(headers)
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  const parts = [...places, bytes.length].flatMap((end, index) =>
    body.decode(bytes.subarray(places[index - 1] ?? 0, end)),
  )
  return { text: Buffer.concat(parts).toString('utf8'), isComplete: body.isComplete }
}
const chunked = (parts: readonly string[]): Buffer =>
  Buffer.concat([
    ...parts
      .filter((part) => part !== '')
      .map((part) => Buffer.from(`${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`)),
    Buffer.from('0\r\n\r\n'),
  ])
const texts = fc.array(fc.string({ unit: 'grapheme' }))
const places = fc.array(fc.nat())

describe('a body', () => {
  test('in chunks is the same however it arrives', () => {
    fc.assert(
      fc.property(texts, places, (parts, cuts) => {
        const decoded = decode({ 'transfer-encoding': 'chunked' }, chunked(parts), cuts)
        expect(decoded).toEqual({ text: parts.join(''), isComplete: true })
      }),
    )
  })

  test('of a known length is the same however it arrives, and ends there', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), places, (text, cuts) => {
        const bytes = Buffer.from(`${text}more`)
        const decoded = decode({ 'content-length': String(bytes.length - 4) }, bytes, cuts)
        expect(decoded).toEqual({ text, isComplete: true })
      }),
    )
  })

  test('that is cut anywhere is not complete', () => {
    const bytes = chunked(['one', 'two'])
    for (let length = 0; length < bytes.length - 4; length += 1) {
      const { isComplete } = decode({ 'transfer-encoding': 'chunked' }, bytes.subarray(0, length), [])
      expect(isComplete, `${length} bytes`).toBe(false)
    }
  })

  test('without either goes on to the end of the connection', () => {
    const body = new BodyDecoder({})
    expect(body.endsWithConnection).toBe(true)
    expect(Buffer.concat(body.decode(Buffer.from('anything'))).toString()).toBe('anything')
    expect(body.isComplete).toBe(false)
  })
})
