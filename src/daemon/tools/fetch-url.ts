import * as z from 'zod'
import { SparkyError } from '../../protocol/failure.ts'
import { counted } from './counted.ts'
import { withDeadline } from './deadline.ts'
import { guardedGet, type Answer, type GetOptions } from './guarded-get.ts'
import { readableText } from './readable-text.ts'
import { defineTool, type ToolOutcome } from './tool.ts'

const totalMs = 30_000
const maxBytes = 5 * 1024 * 1024
/** What is shown of the page that comes with an HTTP error. */
const maxErrorChars = 2_000

export const fetchUrl = defineTool({
  name: 'fetch_url',
  description:
    'Fetches a public web page or text file by http or https and returns its readable text. No JavaScript is run, and ' +
    'addresses of the local network are refused.',
  effect: 'pure',
  input: z.strictObject({
    url: z.string().min(1).max(8_000).describe('The full address, such as "https://example.com/page".'),
  }),
  run: ({ url }, { signal, allowedFetchHosts = [] }) => {
    const late = new SparkyError('tool_failed', `${url}: no complete answer within ${totalMs / 1000} s`)
    return withDeadline({ signal, timeoutMs: totalMs, late }, (signal) =>
      fetchText(url, { signal, allowedHosts: allowedFetchHosts }),
    )
  },
})

const fetchText = async (url: string, options: GetOptions): Promise<ToolOutcome> => {
  const answer = await guardedGet(url, options)
  try {
    requireText(answer)
    const { bytes, cut } = await answer.read(maxBytes)
    const text = await textOf(answer, bytes, options.signal)
    const isGood = answer.status < 400
    const heading = isGood
      ? answer.url.href
      : `${answer.url.href}: HTTP ${answer.status} ${answer.statusText}`
    const body = text.text === '' ? '(no text)' : isGood ? text.text : text.text.slice(0, maxErrorChars)
    return {
      status: isGood ? 'ok' : 'error',
      text: [
        ...(text.title === '' ? [] : [text.title]),
        heading,
        '',
        body,
        ...(cut ? ['[the answer is larger than 5 MiB; the rest was not read]'] : []),
      ].join('\n'),
      details: {
        url: answer.url.href,
        status: answer.status,
        content_type: answer.contentType,
        bytes: bytes.length,
        complete: !cut,
      },
    }
  } finally {
    answer.close()
  }
}

const textTypes =
  /^(text\/|application\/(.+\+)?(json|xml|xhtml|javascript|ecmascript|yaml|toml|x-ndjson|x-sh|graphql)\b)|^application\/x-(yaml|javascript)\b|\+(json|xml)\b/

const requireText = ({ url, contentType, contentLength }: Answer): void => {
  if (contentType === '' || textTypes.test(contentType)) return
  const size = contentLength === null ? '' : `, ${counted(Number(contentLength), 'byte')}`
  throw new SparkyError('tool_failed', `${url.href}: expected text, found ${contentType}${size}`, {
    hint: 'fetch_url reads HTML, plain text, JSON, XML and the like.',
  })
}

const textOf = async (
  { url, contentType }: Answer,
  bytes: Buffer,
  signal: AbortSignal,
): Promise<{ title: string; text: string }> => {
  if (contentType === '' && bytes.subarray(0, 8192).includes(0)) {
    throw new SparkyError('tool_failed', `${url.href}: expected text, found binary content without a type`)
  }
  const text = decode(bytes, contentType)
  const isHtml = /html/.test(contentType) || (contentType === '' && /^\s*<(!doctype html|html)/i.test(text))
  return isHtml ? await readableText(text, url, signal) : { title: '', text: text.trim() }
}

/** By the charset of the header, else of the page's first bytes, else UTF-8. */
const decode = (bytes: Buffer, contentType: string): string => {
  const declared = /charset\s*=\s*["']?([\w.:-]+)/i
  const start = bytes.subarray(0, 1024).toString('latin1')
  const charset =
    declared.exec(contentType)?.[1] ?? (/html/.test(contentType) ? declared.exec(start)?.[1] : undefined)
  try {
    return new TextDecoder(charset ?? 'utf-8').decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes)
  }
}
