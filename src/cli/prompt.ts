import { SparkyError } from '../protocol/failure.ts'
import type { Shell } from './shell.ts'

/** The prompt that words on the command line make; a single `-` reads it from stdin. */
export const readPrompt = async (words: readonly string[], shell: Shell): Promise<string> => {
  const fromStdin = words.length === 1 && words[0] === '-'
  const prompt = fromStdin ? (await readAll(shell.stdin)).replace(/\r?\n$/, '') : words.join(' ')
  if (prompt.trim() !== '') return prompt
  throw new SparkyError(
    'usage',
    `expected a prompt with text in it, found ${fromStdin ? 'nothing on stdin' : 'only white space'}`,
  )
}

const readAll = async (stdin: NodeJS.ReadStream): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
