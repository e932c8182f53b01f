import { statSync } from 'node:fs'
import path from 'node:path'
import { SparkyError } from '../protocol/failure.ts'
import { taskStatuses, type TaskStatus } from '../protocol/status.ts'
import type { Json } from '../protocol/task.ts'

/** Parsers of flags. Each throws `usage`, naming the flag, what was expected and what was found. */

const expected = (flag: string, what: string, found: string, hint?: string): SparkyError =>
  new SparkyError('usage', `expected ${flag} to be ${what}, found "${found}"`, { hint })

interface Range {
  readonly min?: number
  readonly max?: number
}

export const wholeNumber =
  (flag: string, { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: Range = {}) =>
  (text: string): number => {
    const number = Number(text)
    if (/^[+-]?\d+$/.test(text.trim()) && number >= min && number <= max) return number
    throw expected(flag, `a whole number${rangeText(min, max)}`, text)
  }

const rangeText = (min: number, max: number): string => {
  if (max < Number.MAX_SAFE_INTEGER) return ` from ${min} to ${max}`
  if (min === 1) return ' above 0'
  return min > Number.MIN_SAFE_INTEGER ? ` of at least ${min}` : ''
}

export const positiveNumber =
  (flag: string, unit = 'number') =>
  (text: string): number => {
    const number = Number(text)
    if (text.trim() !== '' && Number.isFinite(number) && number > 0) return number
    throw expected(flag, `a ${unit} above 0`, text)
  }

export const notNegative =
  (flag: string, unit = 'number') =>
  (text: string): number => {
    const number = Number(text)
    if (text.trim() !== '' && Number.isFinite(number) && number >= 0) return number
    throw expected(flag, `a ${unit} of at least 0`, text)
  }

/** A limit that can be taken away. The word itself is kept: commander makes '' of a null. */
export const orNone =
  <T>(parse: (text: string) => T) =>
  (text: string): T | 'none' =>
    text === 'none' ? text : parse(text)

/** Text with something in it. */
export const nonEmpty =
  (flag: string) =>
  (text: string): string => {
    if (text.trim() !== '') return text
    throw expected(flag, 'a text with something in it', text)
  }

/** A flag that may be given many times. */
export const repeated =
  <T>(parse: (text: string) => T) =>
  (text: string, previous: readonly T[] | undefined): readonly T[] => [...(previous ?? []), parse(text)]

/** A flag that takes `a,b`, and may be given many times. */
export const listed =
  <T>(parse: (text: string) => T) =>
  (text: string, previous: readonly T[] | undefined): readonly T[] => [
    ...(previous ?? []),
    ...text.split(',').map((part) => parse(part.trim())),
  ]

export const oneOf =
  <const T extends string>(flag: string, words: readonly T[]) =>
  (text: string): T => {
    const found = words.find((word) => word === text)
    if (found !== undefined) return found
    throw expected(flag, `one of ${words.join(', ')}`, text)
  }

const oneStatus = oneOf('--status', [...taskStatuses, 'processing'])

export const parseStatus = (text: string): TaskStatus => {
  const status = oneStatus(text)
  return status === 'processing' ? 'in_progress' : status
}

export const parseLabel =
  (flag: string) =>
  (text: string): readonly [name: string, value: string] => {
    const split = text.indexOf('=')
    if (split > 0) return [text.slice(0, split), text.slice(split + 1)]
    throw expected(flag, 'NAME=VALUE', text)
  }

/** In an object, because commander makes '' of a null. */
export const parseJson =
  (flag: string) =>
  (text: string): { readonly json: Json } => {
    try {
      return { json: JSON.parse(text) as Json }
    } catch (error) {
      throw expected(
        flag,
        'JSON',
        text,
        `${(error as Error).message}. In a shell, put it between single quotes.`,
      )
    }
  }

/** An absolute path to a directory that is there. */
export const parseDirectory =
  (flag: string) =>
  (text: string): string => {
    const directory = path.resolve(text)
    const found = statSync(directory, { throwIfNoEntry: false })
    if (found?.isDirectory()) return directory
    throw expected(flag, 'a directory', text, found === undefined ? 'nothing is there' : 'it is a file')
  }

/** The name of a task: its number (also with a #), its id, or the beginning of its id. */
export const parseTaskRef = (text: string): string => {
  const ref = text.replace(/^#/, '')
  if (/^[0-9a-zA-Z-]+$/.test(ref)) return ref
  throw expected(
    'TASK',
    'a number, an id or the beginning of an id',
    text,
    'sparky agent tasks list shows them',
  )
}
