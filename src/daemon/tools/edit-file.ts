import type { Stats } from 'node:fs'
import * as z from 'zod'
import { SparkyError } from '../../protocol/failure.ts'
import { oneHunk } from './line-diff.ts'
import { openFile, replaceFile } from './open-file.ts'
import { defineTool } from './tool.ts'
import { locateForWriting, workspaceOf, type Place } from './workspace.ts'

const maxFileBytes = 20 * 1024 * 1024

export const editFile = defineTool({
  name: 'edit_file',
  description:
    'Replaces text in a file below the working directory. old_text must stand in the file exactly as given, white space ' +
    'included, and only once unless replace_all is true. Read the file first.',
  effect: 'once',
  input: z.strictObject({
    path: z.string().min(1).max(4096).describe('The file, relative to the working directory.'),
    old_text: z
      .string()
      .min(1)
      .describe('The text to replace, with enough around it to be unique in the file.'),
    new_text: z.string().describe('What is to stand there instead; empty to delete.'),
    replace_all: z.boolean().optional().describe('Replace every occurrence. Default: false.'),
  }),
  run: async ({ path, old_text: oldText, new_text: newText, replace_all: replaceAll = false }, context) => {
    if (oldText === newText)
      throw new SparkyError('usage', 'expected new_text to differ from old_text; both are equal')
    const place = await locateForWriting(await workspaceOf(context), path)
    const { bytes, stats } = await readWhole(place)
    const endings = lineEndingsOf(bytes)
    const wanted = Buffer.from(endings(oldText))
    const places = occurrences(bytes, wanted)
    requireMatch(place, bytes, places, replaceAll)
    const after = splice(bytes, places, wanted.length, Buffer.from(endings(newText)))
    await replaceFile(place, after, stats)
    const times = places.length === 1 ? '' : ` in ${places.length} places`
    return {
      status: 'ok',
      text: `Edited ${place.name}${times}.`,
      details: { replacements: places.length, diff: oneHunk(place.name, bytes.toString(), after.toString()) },
    }
  },
})

/**
 * The file as bytes: what is not replaced (a byte order mark, other encodings' characters) stays as it is, to the
 * byte.
 */
const readWhole = async (place: Place): Promise<{ bytes: Buffer; stats: Stats }> => {
  const { handle, stats } = await openFile(place)
  try {
    if (stats.size > maxFileBytes) {
      throw new SparkyError(
        'too_large',
        `${place.name}: expected a file of at most 20 MiB, found ${stats.size} bytes`,
      )
    }
    return { bytes: await handle.readFile(), stats }
  } finally {
    await handle.close()
  }
}

/** Models write `\n`. In a file whose every line ends in CRLF, that means CRLF. */
const lineEndingsOf = (bytes: Buffer): ((text: string) => string) => {
  const file = bytes.toString('latin1')
  const isCrlf = file.includes('\r\n') && !/(?<!\r)\n/.test(file)
  return isCrlf ? (text) => text.replace(/\r?\n/g, '\r\n') : (text) => text
}

const occurrences = (bytes: Buffer, wanted: Buffer): number[] => {
  const places: number[] = []
  for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, at + wanted.length))
    places.push(at)
  return places
}

const requireMatch = (place: Place, bytes: Buffer, places: readonly number[], replaceAll: boolean): void => {
  if (places.length === 0) {
    throw new SparkyError('not_found', `${place.name}: old_text does not occur in this file`, {
      hint: 'It must match exactly, with its white space and line breaks. Read the file again.',
    })
  }
  if (places.length === 1 || replaceAll) return
  const lines = places.slice(0, 10).map((at) => bytes.subarray(0, at).toString('latin1').split('\n').length)
  throw new SparkyError(
    'conflict',
    `${place.name}: expected old_text to occur once, found it ${places.length} times (lines ${lines.join(', ')}${places.length > 10 ? ', …' : ''})`,
    { hint: 'Give more of the text around it, or set replace_all to true.' },
  )
}

const splice = (bytes: Buffer, places: readonly number[], length: number, fresh: Buffer): Buffer => {
  const pieces: Buffer[] = []
  let from = 0
  for (const at of places) {
    pieces.push(bytes.subarray(from, at), fresh)
    from = at + length
  }
  return Buffer.concat([...pieces, bytes.subarray(from)])
}
