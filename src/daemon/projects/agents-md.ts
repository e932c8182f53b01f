import { realpathSync } from 'node:fs'
import path from 'node:path'
import { findProject, findRepository } from './find-project.ts'
import { readText } from './read-text.ts'

/** What an AGENTS.md says. */
export interface ProjectNotes {
  readonly file: string
  readonly text: string
}

const maxChars = 32 * 1024
const maxBytes = 1024 * 1024

/**
 * The AGENTS.md files from the root of the Git repository (or else of the project) down to this folder, the nearest
 * last; outside of both that of the folder alone. They need no trust, being text for a model, but none is read from outside. All of them together
 * are bounded: the nearest gets its room first, and what is cut or not read says so.
 */
export const projectNotes = (cwd: string, home: string): readonly ProjectNotes[] => {
  let nearest: string
  try {
    nearest = realpathSync.native(cwd)
  } catch {
    return []
  }
  const root = findRepository(nearest, home) ?? findProject(nearest, home)?.root ?? nearest
  let room = maxChars
  const notes = foldersUp(nearest, root).flatMap((folder): ProjectNotes[] => {
    const file = path.join(folder, 'AGENTS.md')
    const found = readText(file, { maxBytes, inside: root })
    if (found.kind === 'missing') return []
    if (found.kind === 'refused') return [{ file, text: `[not read: ${found.message}]` }]
    const text = found.text.trim()
    if (text === '') return []
    const kept = cut(text, room)
    room -= Math.min(room, text.length)
    return [{ file, text: kept }]
  })
  return notes.reverse()
}

const foldersUp = (from: string, to: string): string[] => {
  const folders = [from]
  for (let folder = from; folder !== to && folder !== path.dirname(folder);) {
    folder = path.dirname(folder)
    folders.push(folder)
  }
  return folders
}

const cut = (text: string, chars: number): string => {
  if (text.length <= chars) return text
  // Not between the two halves of one character.
  const kept = text.slice(0, chars).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept}\n[cut here: ${text.length - kept.length} more characters are not shown]`
}
