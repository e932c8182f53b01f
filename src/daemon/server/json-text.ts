import { isUtf8 } from 'node:buffer'
import { SparkyError } from '../../protocol/failure.ts'
import type { Json } from '../../protocol/task.ts'

/** Deeper nesting is no message of ours, and would overflow the stack of whoever walks through it. */
const maxDepth = 100

/** The value of JSON text that came from outside. Throws `usage`, saying what is wrong and where. */
export const parseJson = (bytes: Buffer, whole: string): Json => {
  if (!isUtf8(bytes)) throw new SparkyError('usage', `expected ${whole} to be UTF-8, found other bytes`)
  const text = bytes.toString()
  const value = parsed(text, whole)
  checkDepth(text, whole)
  return value
}

const parsed = (text: string, whole: string): Json => {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    const where = error instanceof Error ? error.message : String(error)
    throw new SparkyError('usage', `expected ${whole} to be JSON, found: ${where}`, { cause: error })
  }
}

/** Counts brackets outside of strings; the text is known to be JSON. */
const checkDepth = (text: string, whole: string): void => {
  if (!hasManyBrackets(text)) return
  let depth = 0
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (isInString) {
      if (character === '\\') at += 1
      else if (character === '"') isInString = false
    } else if (character === '"') isInString = true
    else if (character === '[' || character === '{') depth += 1
    else if (character === ']' || character === '}') depth -= 1
    if (depth > maxDepth) {
      throw new SparkyError('usage', `expected ${whole} to be nested at most ${maxDepth} deep, found more`)
    }
  }
}

/** Most text has too few brackets to be deep, wherever they stand. */
const hasManyBrackets = (text: string): boolean => {
  let count = 0
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      count += 1
      if (count > maxDepth) return true
    }
  }
  return false
}
