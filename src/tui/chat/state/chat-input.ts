import { editWith, emptyLine, insert, lineText, type EditLine } from '../../state/edit-line.ts'
import type { KeyPress } from '../../state/key-names.ts'

/** What is being written. */
export interface ChatInput {
  readonly line: EditLine
}

export const emptyInput: ChatInput = { line: emptyLine }

export const isInputEmpty = ({ line }: ChatInput): boolean => lineText(line) === ''

export type InputOutcome =
  | { readonly kind: 'edited' }
  | { readonly kind: 'submitted'; readonly text: string }
  | { readonly kind: 'ignored' }

export const pressInput = (
  input: ChatInput,
  press: KeyPress,
): { readonly input: ChatInput; readonly outcome: InputOutcome } => {
  const { line } = input
  if (press.kind === 'paste') return { input: { line: insert(line, press.text) }, outcome: { kind: 'edited' } }
  if (press.name === 'return') {
    const text = lineText(line).trim()
    return text === ''
      ? { input, outcome: { kind: 'edited' } }
      : { input: emptyInput, outcome: { kind: 'submitted', text } }
  }
  const edited = editWith(line, press.name)
  return edited === line
    ? { input, outcome: { kind: 'ignored' } }
    : { input: { line: edited }, outcome: { kind: 'edited' } }
}
