import { newSparky, type Sparky } from '../../support/sparky.ts'

export interface SparkyForPages {
  readonly sparky: Sparky
  /** `ws://127.0.0.1:7717`, without a path. */
  readonly socketUrl: string
  readonly url: string
  readonly token: string
  stop(): Promise<void>
}

/** A real daemon that pages of these origins may use, and whose home outlives one test. */
export const sparkyForPages = async (
  origins: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<SparkyForPages> => {
  const ends: (() => Promise<void>)[] = []
  const sparky = newSparky({}, { onTestFinished: (end) => void ends.push(end) })
  for (const [key, value] of Object.entries({ 'server.origins': JSON.stringify(origins), ...settings })) {
    const { exitCode, stderr } = await sparky.run(['config', 'set', key, value])
    if (exitCode !== 0) throw new Error(stderr)
  }
  await sparky.json(['agent', 'start'])
  const url = sparky.daemon()?.url ?? ''
  return {
    sparky,
    url,
    socketUrl: url.replace('http', 'ws'),
    token: sparky.token(),
    stop: async () => {
      await Promise.all(ends.map((end) => end()))
    },
  }
}
