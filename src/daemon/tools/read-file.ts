import * as z from 'zod'
import { SparkyError } from '../../protocol/failure.ts'
import { counted } from './counted.ts'
import { openFile } from './open-file.ts'
import { readLines, type LinesPage } from './read-lines.ts'
import { defineTool, type ToolOutcome } from './tool.ts'
import { headOf, modelLimitChars } from './truncate.ts'
import { locate, workspaceOf } from './workspace.ts'

const defaultLines = 2_000
const maxBytes = 256 * 1024
/** Room for the notes below what the model sees. */
const noteChars = 400

export const readFile = defineTool({
  name: 'read_file',
  description:
    'Reads a text file of the working directory. Long files come in pages: the result says how many lines the file ' +
    'has and with which offset to read on.',
  effect: 'pure',
  input: z.strictObject({
    path: z.string().min(1).max(4096).describe('The file, relative to the working directory.'),
    offset: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .optional()
      .describe('Number of the first line to read. Default: 1.'),
    limit: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe(`How many lines to read. Default: ${defaultLines}.`),
  }),
  run: async ({ path, offset = 1, limit = defaultLines }, context) => {
    const place = await locate(await workspaceOf(context), path)
    const { handle, stats } = await openFile(place)
    try {
      const page = await readLines(handle, { offset, limit, maxBytes, signal: context.signal })
      if (page.kind === 'binary') {
        throw new SparkyError(
          'tool_failed',
          `${place.name}: this is a binary file of ${counted(stats.size, 'byte')}, not text`,
          {
            hint: 'A command such as `file`, `strings` or `xxd` can look into it.',
          },
        )
      }
      return outcome({ name: place.name, page, offset, fileBytes: stats.size })
    } finally {
      await handle.close()
    }
  },
})

interface ReadPage {
  readonly name: string
  readonly page: LinesPage
  readonly offset: number
  readonly fileBytes: number
}

const outcome = ({ name, page, offset, fileBytes }: ReadPage): ToolOutcome => {
  const details = { lines: page.totalLines, from: offset, to: page.lastLine, bytes: fileBytes }
  if (page.totalLines === 0) return { status: 'ok', text: `(${name} is empty)`, details }
  if (page.lastLine < offset) {
    throw new SparkyError(
      'usage',
      `${name}: expected offset to be a line of the file, found ${offset} (of ${total(page)})`,
    )
  }
  const { text } = page
  const shown = headOf(text, modelLimitChars - noteChars)
  const shownTo = shown.length === text.length ? page.lastLine : offset + shown.split('\n').length - 2
  const forReader = [text, ...note(page, offset, page.lastLine)].join('\n')
  if (shownTo < offset) {
    const cut = `[line ${offset} goes on; read_file cannot show the rest, a command such as \`cut -c\` can]`
    return {
      status: 'ok',
      text: forReader,
      forModel: [shown, cut, ...note(page, offset, offset)].join('\n'),
      details,
    }
  }
  return {
    status: 'ok',
    text: forReader,
    forModel: [shown.replace(/\n$/, ''), ...note(page, offset, shownTo)].join('\n'),
    details,
  }
}

const note = (page: LinesPage, from: number, to: number): string[] => [
  ...(page.cutInLine && to === page.lastLine
    ? [`[line ${to} is cut; it is longer than ${counted(maxBytes, 'byte')}]`]
    : []),
  ...(from === 1 && to === page.totalLines
    ? []
    : [
        `[lines ${from} to ${to} of ${total(page)}${to === page.totalLines ? '' : `; use read_file with offset=${to + 1} to read on`}]`,
      ]),
]

const total = ({ totalLines, seenLines }: LinesPage): string =>
  totalLines === null ? `more than ${seenLines}` : `${totalLines}`
