import type { FileProblem } from '../../protocol/agent.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'

/** `FILE:LINE: what is wrong`. */
export const problemText = ({ file, line, message }: FileProblem): string =>
  sanitizeLine(`${file}${line === null ? '' : `:${line}`}: ${message}`)
