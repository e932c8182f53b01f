import { farError } from '../worker/far-error.ts'
import type { FarError } from '../worker/messages.ts'

/** Why a user's module is no workflow. */
export class ModuleProblem extends Error {
  override readonly name = 'ModuleProblem'
  /** Counted from 1; null where it is about the whole module, or not known. */
  readonly line: number | null
  readonly isSyntax: boolean

  constructor(message: string, line: number | null, isSyntax = false) {
    super(message)
    this.line = line
    this.isSyntax = isSyntax
  }

  static of({ name, message }: FarError, line: number | null): ModuleProblem {
    const isPlain = name === 'Error' || name === 'TypeError'
    const [first = ''] = message.split('\n')
    return new ModuleProblem(isPlain ? first : `${name}: ${first}`, line, name === 'SyntaxError')
  }

  static from(thrown: unknown): ModuleProblem {
    return thrown instanceof ModuleProblem ? thrown : ModuleProblem.of(farError(thrown), null)
  }
}
