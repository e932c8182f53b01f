import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { SparkyError } from '../../protocol/failure.ts'
import { withDeadline } from './deadline.ts'

const require = createRequire(import.meta.url)

export interface ReadableText {
  /** Empty where the page has none. */
  readonly title: string
  readonly text: string
}

const maxConversionMs = 5_000
const maxMemoryMb = 256

/**
 * What a person would read of an HTML page: its main part as plain text, links with their absolute addresses. Runs
 * in a thread of its own, which is ended with its memory: a large page takes a second, a hostile one for ever.
 */
export const readableText = async (html: string, url: URL, signal: AbortSignal): Promise<ReadableText> => {
  const worker = new Worker(conversion, {
    eval: true,
    workerData: { html, url: url.href, library: require.resolve('html-to-text') },
    resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb },
    execArgv: [],
    env: {},
  })
  const late = new SparkyError('tool_failed', `${url.host}: this page is too complex to be made readable`)
  try {
    return await withDeadline({ signal, timeoutMs: maxConversionMs, late }, (ended) =>
      converted(worker, ended, late),
    )
  } finally {
    await worker.terminate()
  }
}

const converted = (worker: Worker, ended: AbortSignal, failure: Error): Promise<ReadableText> =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', () => reject(failure))
    ended.addEventListener('abort', () => reject(failure), { once: true })
  })

/** A program of its own in CommonJS, because a thread starts from a file or from text, and the build has no third kind. */
const conversion = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { htmlToText } = require(workerData.library)
  const { html, url } = workerData
  const absolute = (link) => (URL.canParse(link, url) ? new URL(link, url).href : link)
  const skipped = ['img', 'nav', 'footer', 'aside', 'form', 'svg', 'noscript', 'template', 'iframe', 'button']
  const convert = (part, root) =>
    htmlToText(part, {
      wordwrap: false,
      baseElements: { selectors: [root], returnDomByDefault: true },
      limits: { maxDepth: 300, maxInputLength: 16 * 1024 * 1024 },
      selectors: [
        { selector: 'a', options: { pathRewrite: absolute, hideLinkHrefIfSameAsText: true, noAnchorUrl: true, linkBrackets: [' (', ')'] } },
        ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
        ...skipped.map((selector) => ({ selector, format: 'skip' })),
      ],
    }).trim()
  const title = convert((/<title[^>]*>([^<]*)/i.exec(html) || ['', ''])[1], 'body')
  const roots = ['main', 'article', 'body'].filter((root) => new RegExp('<' + root + '[\\\\s>]', 'i').test(html))
  const text = roots.map((root) => () => convert(html, root)).reduce((found, next) => found || next(), '') || convert(html, 'body')
  parentPort.postMessage({ title, text })
`
