import * as z from 'zod'
import { counted } from './counted.ts'
import { lineCount, oneHunk } from './line-diff.ts'
import { folderOf, makeFolders, openFile, replaceFile } from './open-file.ts'
import { defineTool } from './tool.ts'
import { locateForWriting, workspaceOf, type Place } from './workspace.ts'

/** What stood in a larger file before is not compared. */
const maxComparedBytes = 1024 * 1024

export const writeFile = defineTool({
  name: 'write_file',
  description:
    'Writes a whole text file below the working directory, with the folders that it needs. Replaces what is there. ' +
    'To change a part of a file, use edit_file.',
  effect: 'idempotent',
  input: z.strictObject({
    path: z.string().min(1).max(4096).describe('The file, relative to the working directory.'),
    content: z.string().describe('Everything that the file is to hold.'),
  }),
  run: async ({ path: given, content }, context) => {
    const workspace = await workspaceOf(context)
    const place = await locateForWriting(workspace, given)
    const before = await textBefore(place)
    await makeFolders(workspace, folderOf(place))
    const bytes = Buffer.from(content)
    const done = await replaceFile(place, bytes)
    const lines = lineCount(content)
    const diff = before === null ? null : oneHunk(place.name, before, content)
    return {
      status: 'ok',
      text: `${done === 'created' ? 'Created' : 'Replaced'} ${place.name}: ${counted(lines, 'line')}, ${counted(bytes.length, 'byte')}.`,
      details: {
        created: done === 'created',
        bytes: bytes.length,
        lines,
        lines_before: before === null ? null : lineCount(before),
        diff,
      },
    }
  },
})

/** Null where there is none, or where it is too large to compare. */
const textBefore = async (place: Place): Promise<string | null> => {
  const file = await openFile(place).catch(() => null)
  if (file === null) return null
  try {
    return file.stats.size > maxComparedBytes ? null : await file.handle.readFile('utf8')
  } finally {
    await file.handle.close()
  }
}
