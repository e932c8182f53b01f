import { execa } from 'execa'
import { spawnSync } from 'node:child_process'
import type { Sparky } from '../../support/sparky.ts'

/** Throws one sentence where there is no curl. */
export const requireCurl = (): void => {
  if (spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0) return
  throw new Error('expected the program curl, found none: "apt-get install curl" installs it')
}

export interface Answer {
  readonly status: number
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** Of curl itself: 0, 18 for an answer that was cut off, 28 for one that took longer than it was given. */
  readonly exitCode: number
}

export interface CurlOptions {
  /** Default: the right one. */
  readonly token?: string | null
  /** Sent as JSON; text as it is. */
  readonly body?: unknown
  readonly headers?: readonly string[]
  readonly flags?: readonly string[]
}

/** The real curl, against the daemon. */
export const runCurl = async (
  sparky: Sparky,
  method: string,
  target: string,
  { token = sparky.token(), body, headers = [], flags = [] }: CurlOptions = {},
): Promise<Answer> => {
  const sent = typeof body === 'string' ? body : JSON.stringify(body)
  const ran = await execa(
    'curl',
    [
      '--silent',
      '--include',
      '--no-buffer',
      '--globoff',
      '--noproxy',
      '*',
      ...(method === 'HEAD' ? ['--head'] : ['--request', method]),
      ...(token === null ? [] : ['--header', `Authorization: Bearer ${token}`]),
      ...(body === undefined ? [] : ['--header', 'Content-Type: application/json', '--data-binary', '@-']),
      '--header',
      'Expect:',
      ...headers.flatMap((header) => ['--header', header]),
      ...flags,
      `${sparky.daemon()?.url}${target}`,
    ],
    { reject: false, stripFinalNewline: false, input: sent ?? '' },
  )
  const at = ran.stdout.indexOf('\r\n\r\n')
  const [first = '', ...lines] = ran.stdout.slice(0, at).split('\r\n')
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    ),
    text: ran.stdout.slice(at + 4),
    exitCode: ran.exitCode ?? -1,
  }
}
