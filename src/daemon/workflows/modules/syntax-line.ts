import { pathToFileURL } from 'node:url'

const timeoutMs = 10_000

/** The line at which Node cannot read a file: its error says it to a terminal only. Null where Node can, or does not say. */
export const syntaxLine = async (file: string): Promise<number | null> => {
  const { execa } = await import('execa')
  const { stderr } = await execa(process.execPath, ['--check', file], {
    reject: false,
    timeout: timeoutMs,
    stdin: 'ignore',
    env: { NODE_OPTIONS: '' },
  })
  for (const place of [pathToFileURL(file).href, file]) {
    if (!stderr.startsWith(`${place}:`)) continue
    const line = /^\d+/.exec(stderr.slice(place.length + 1))?.[0]
    if (line !== undefined) return Number(line)
  }
  return null
}
