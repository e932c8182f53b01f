import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer, Job } from './page/jobs.ts'

/** How long a page may take for what it is asked. */
const patienceMs = 30_000

export interface PageServer {
  /** As a browser writes it in `Origin`. */
  readonly origin: string
  readonly port: number
  /** Has the page call this function, with what `JSON` keeps of the arguments, and resolves with what it returns. */
  run(code: string, args: unknown): Promise<unknown>
  /** What was asked for fails from now on, with this reason. */
  fail(reason: Error): void
  close(): Promise<void>
}

/**
 * Serves one page that does what a test asks. The page asks for its next job, and posts what came of it, at this
 * server's own address, wherever the page itself came from.
 */
export const startPageServer = async (script: string): Promise<PageServer> => {
  const waiting: Job[] = []
  const pending = new Map<number, { resolve(value: unknown): void; reject(reason: Error): void }>()
  let asking: http.ServerResponse | undefined
  let failure: Error | undefined
  let jobs = 0

  const handOut = (): void => {
    const job = asking === undefined ? undefined : waiting.shift()
    if (job === undefined) return
    asking?.end(JSON.stringify(job))
    asking = undefined
  }

  const settle = (text: string): void => {
    const answer = JSON.parse(text) as Answer
    const job = pending.get(answer.id)
    if ('error' in answer) job?.reject(new Error(`in the page: ${answer.error}`))
    else job?.resolve(answer.value)
  }

  const server = http.createServer((request, response) => {
    // A page in a frame without an origin, and one by another name, are to report as well.
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('connection', 'close')
    const [path] = (request.url ?? '').split('?')
    if (path === '/next') {
      asking = response
      handOut()
    } else if (path === '/result') {
      void readBody(request)
        .then(settle)
        .finally(() => response.end())
    } else if (path === '/') {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(pageOf(script, origin))
    } else {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`

  return {
    origin,
    port,
    run: async (code, args) => {
      if (failure !== undefined) throw failure
      const id = ++jobs
      const answered = new Promise<unknown>((resolve, reject) => pending.set(id, { resolve, reject }))
      const timer = setTimeout(
        () => pending.get(id)?.reject(new Error(`expected the page to answer in ${patienceMs} ms`)),
        patienceMs,
      )
      waiting.push({ id, code, args })
      handOut()
      try {
        return await answered
      } finally {
        clearTimeout(timer)
        pending.delete(id)
      }
    },
    fail: (reason) => {
      failure = reason
      for (const { reject } of pending.values()) reject(reason)
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

const pageOf = (script: string, control: string): string =>
  `<!doctype html><meta charset="utf-8"><title>a page</title><link rel="icon" href="data:,"><body><script>
globalThis.control = ${JSON.stringify(control)};
${script.replaceAll('</script', '<\\/script')}
</script></body>`

const readBody = async (request: http.IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
