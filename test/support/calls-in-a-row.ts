import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ScriptedReply } from './model-server.ts'

/**
 * A model's script in which a task makes one call a step: commands and edits that each leave one line in a tally,
 * files that are written, and files that are read. What a task is to do next is read from the conversation alone, as a
 * model does it, so it holds over any number of restarts.
 */

/** What a conversation asks for: which task, and how many of its calls have their result. */
export interface Position {
  readonly name: string
  readonly done: number
}

export type CallKind = 'command' | 'edit' | 'write' | 'read'

/** Commands and edits most: they are what must not happen twice. */
const kinds: readonly CallKind[] = ['command', 'edit', 'command', 'write', 'read']

export const kindOf = (call: number): CallKind => kinds[call % kinds.length] as CallKind

export const promptFor = (name: string): string => `Work through «${name}»`

export const positionOf = (body: Readonly<Record<string, unknown>>): Position => {
  const messages = body['messages'] as readonly { readonly role: string }[]
  const name = /«([\w-]+)»/.exec(JSON.stringify(messages))?.[1] ?? ''
  return { name, done: messages.filter(({ role }) => role === 'tool').length }
}

/** The reply at a position of a task with so many calls; `pauseS` is how long its commands take. */
export const replyAt = ({ name, done }: Position, calls: number, pauseS = 0): ScriptedReply => {
  if (done >= calls) return { text: `${name} is done` }
  const line = `${name}-call-${done}`
  const call = {
    command: {
      name: 'run_command',
      args: { command: `sleep ${pauseS}; echo ${line} >> ${tallyName(name)}` },
    },
    edit: {
      name: 'edit_file',
      args: { path: editsName(name), old_text: endMark, new_text: `${line}\n${endMark}` },
    },
    write: { name: 'write_file', args: { path: `${name}-${done}.txt`, content: line } },
    read: { name: 'read_file', args: { path: `${name}-${done - 1}.txt` } },
  }[kindOf(done)]
  return { calls: [{ ...call, id: `${name}_${done}` }] }
}

/** Makes the files that the calls of a task write to. */
export const prepareFiles = (folder: string, name: string): void => {
  writeFileSync(path.join(folder, editsName(name)), `${endMark}\n`)
  appendFileSync(path.join(folder, tallyName(name)), '')
}

/** Every line that the calls of a task have left, from commands and edits together. */
export const tallyOf = (folder: string, name: string): string[] =>
  [tallyName(name), editsName(name)].flatMap((file) => linesOf(path.join(folder, file)))

const endMark = '== end =='

const tallyName = (name: string): string => `${name}.tally`
const editsName = (name: string): string => `${name}.edits`

const linesOf = (file: string): string[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '' && line !== endMark)
    : []
