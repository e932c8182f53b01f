import { randomBytes } from 'node:crypto'
import { existsSync, realpathSync, statSync } from 'node:fs'
import { open, rename, unlink } from 'node:fs/promises'
import { SparkyError } from '../../protocol/failure.ts'
import type { Json } from '../../protocol/task.ts'
import { oneAtATime } from '../projects/one-at-a-time.ts'
import { readText } from '../projects/read-text.ts'
import { readServerFile } from '../projects/server-file.ts'

export interface ServerFileEdit {
  readonly file: string
  /** What it gets where it is new; one that is there keeps what it has. */
  readonly mode: number
  readonly name: string
}

/** Puts a server into a file, which keeps what else is in it. Throws `conflict` where one of the name is there, unless it is to be replaced. */
export const putServer = (
  { file, mode, name }: ServerFileEdit,
  definition: Json,
  { replace }: { readonly replace: boolean },
): Promise<void> =>
  change({ file, mode }, (servers) => {
    if (Object.hasOwn(servers, name) && !replace) {
      throw new SparkyError('conflict', `${file} has an MCP server "${name}" already`, {
        hint: '--replace puts the new one in its place',
      })
    }
    return { ...servers, [name]: definition }
  })

/** Takes a server out of a file. Throws `not_found` where it is not in it. */
export const takeServer = ({ file, mode, name }: ServerFileEdit): Promise<void> =>
  change({ file, mode }, (servers) => {
    if (!Object.hasOwn(servers, name))
      throw new SparkyError('not_found', `${file} has no MCP server "${name}"`)
    const { [name]: _, ...rest } = servers
    return rest
  })

type Servers = Readonly<Record<string, Json>>

const maxBytes = 256 * 1024

const change = async (
  { file, mode }: Omit<ServerFileEdit, 'name'>,
  edit: (servers: Servers) => Servers,
): Promise<void> =>
  oneAtATime(file, async () => {
    const { problem } = readServerFile(file)
    if (problem !== null) {
      const place = problem.line === null ? file : `${file}:${problem.line}`
      throw new SparkyError('usage', `${place}: ${problem.message}`, {
        hint: 'Mend the file first: it was left as it is.',
      })
    }
    const found = readText(file, { maxBytes })
    const text = found.kind === 'text' ? found.text : '{}'
    const whole = JSON.parse(text) as { mcpServers?: Servers }
    const edited = { ...whole, mcpServers: edit(whole.mcpServers ?? {}) }
    await replaceFile(file, `${JSON.stringify(edited, null, indentOf(text))}\n`, mode)
  })

/** As the file is indented already. */
const indentOf = (text: string): string => /^\{\s*?\n([ \t]+)\S/.exec(text)?.[1] ?? '  '

/** In one step: who reads it sees the old content or the new. A link stays one. */
const replaceFile = async (file: string, content: string, mode: number): Promise<void> => {
  const target = existsSync(file) ? realpathSync(file) : file
  const temporary = `${target}.${randomBytes(6).toString('hex')}`
  try {
    const handle = await open(temporary, 'wx', mode)
    try {
      await handle.chmod(existsSync(target) ? statSync(target).mode & 0o777 : mode)
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, target)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
}
