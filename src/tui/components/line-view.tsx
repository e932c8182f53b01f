import chalk from 'chalk'
import { Transform } from 'ink'
import type { ReactNode } from 'react'
import type { Line, Tone } from '../layout/line.ts'

/** Sixteen colours, so that the terminal's own theme decides. None carries a meaning alone: a sign stands beside it. */
const styles: Readonly<Record<Tone, (text: string) => string>> = {
  plain: (text) => text,
  strong: (text) => chalk.bold(text),
  emphasis: (text) => chalk.italic(text),
  link: (text) => chalk.underline(text),
  dim: (text) => chalk.dim(text),
  running: (text) => chalk.cyan(text),
  done: (text) => chalk.green(text),
  failed: (text) => chalk.red(text),
  waiting: (text) => chalk.yellow(text),
  added: (text) => chalk.bold.green(text),
  removed: (text) => chalk.bold.red(text),
  match: (text) => chalk.underline.yellow(text),
  current: (text) => chalk.inverse.yellow(text),
  drawn: (text) => chalk.blueBright(text),
  drawn_other: (text) => chalk.magentaBright(text),
}

/**
 * One row, whose text is already clean and of the right width. Ink remembers every text that it ever measured, for
 * ever; so it measures one space, and the row takes its place when the frame is written.
 */
export const LineView = ({ line }: { readonly line: Line }): ReactNode => (
  <Transform transform={() => line.map(({ text, tone }) => styles[tone](text)).join('')}> </Transform>
)
