import { build, type Plugin } from 'esbuild'
import path from 'node:path'
import { findChromium, startChromium } from './chromium.ts'
import { startPageServer, type PageServer } from './page-server.ts'
import type { PlainTools } from './page/plain-page.ts'

export interface Page<Tools = PlainTools> {
  readonly origin: string
  /**
   * Calls this function in the page. It is sent as text: what it uses it must get by `args` (as JSON) or from
   * the page's tools.
   */
  run<Args, Result>(
    script: (args: Args, tools: Tools) => Result | Promise<Result>,
    args: Args,
  ): Promise<Result>
}

export interface Browser {
  /** A frame in the first page, with a page of another origin. `sandbox` gives it no origin at all. */
  openFrame(options?: {
    readonly sandbox?: boolean
    readonly url?: (server: PageServer) => string
  }): Promise<Page>
  close(): Promise<void>
}

interface BrowserOptions {
  /** The file in `page/` that is the page. */
  readonly page?: string
  /** What else is in that page: the text of a module. */
  readonly source?: string
  readonly flags?: readonly string[]
}

/** A browser that shows one page, served from an origin of its own. */
export const openBrowser = async <Tools = PlainTools>({
  page = 'plain-page.ts',
  source = '',
  flags = [],
}: BrowserOptions = {}): Promise<Browser & { readonly page: Page<Tools> }> => {
  const program = findChromium()
  const [script, plainScript] = await Promise.all([bundled(page, source), bundled('plain-page.ts')])
  const servers = [await startPageServer(script)]
  const [server] = servers as [PageServer]
  const chromium = startChromium(program, server.origin, flags)
  const failAll = (said: string): void => {
    for (const each of servers) each.fail(new Error(`Chromium has ended: ${said}`))
  }
  void chromium.ended.then(failAll)
  const first = pageAt<Tools>(server)
  return {
    page: first,
    openFrame: async ({ sandbox = false, url = ({ origin }: PageServer) => origin } = {}) => {
      const inFrame = await startPageServer(plainScript)
      servers.push(inFrame)
      await first.run(addFrame, { url: url(inFrame), sandbox })
      return pageAt(inFrame)
    },
    close: async () => {
      await chromium.close()
      await Promise.all(servers.map((each) => each.close()))
    },
  }
}

const pageAt = <Tools>(server: PageServer): Page<Tools> => ({
  origin: server.origin,
  run: async (script, args) => (await server.run(script.toString(), args)) as never,
})

const addFrame = ({ url, sandbox }: { url: string; sandbox: boolean }): void => {
  const { document } = globalThis as unknown as { document: Document }
  const frame = document.createElement('iframe')
  frame.setAttribute('src', url)
  if (sandbox) frame.setAttribute('sandbox', 'allow-scripts')
  document.body.append(frame)
}

interface Document {
  readonly body: { append(element: unknown): void }
  createElement(name: string): { setAttribute(name: string, value: string): void }
}

const root = path.join(import.meta.dirname, '../../..')

/** What a page loads, as one script. */
const bundled = async (page: string, source = ''): Promise<string> => {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: {
      contents: `import './${page}'\n${source}`,
      resolveDir: path.join(import.meta.dirname, 'page'),
      loader: 'tsx',
    },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'warning',
    plugins: [asPackaged],
  })
  return outputFiles[0]?.text ?? ''
}

/** A page gets the library as a bundler for browsers finds it in the package, and its types from the sources. */
const asPackaged: Plugin = {
  name: 'as-packaged',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/src\/client\/client\.ts$/ }, () => ({
      path: path.join(root, 'dist/client-browser.js'),
    }))
    onResolve({ filter: /\/src\/react\/react\.ts$/ }, () => ({
      path: path.join(root, 'dist/react-browser.js'),
    }))
  },
}
