import chalk from 'chalk'
import { render, type Instance } from 'ink'
import type { ReactNode } from 'react'
import type { ReadStream, WriteStream } from 'node:tty'
import { SparkyError } from '../protocol/failure.ts'
import type { TerminalVerbs } from './effects/commands.ts'
import type { Size } from './layout/panes.ts'
import { FrameSink } from './terminal/frame-sink.ts'
import { Terminal, type EndingSignal, type TerminalEvents } from './terminal/terminal.ts'

/** Why the screens end. */
export type Ending =
  | { readonly kind: 'quit' }
  /** By ctrl+c. */
  | { readonly kind: 'interrupted' }
  /** Back to the screen from which this one was opened; quits where there is none. */
  | { readonly kind: 'back' }
  /** To the replay of a task, and back afterwards. */
  | { readonly kind: 'replay'; readonly taskId: string }
  | { readonly kind: 'signal'; readonly signal: EndingSignal }
  | { readonly kind: 'failed'; readonly error: unknown }

interface TerminalUse {
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  /** Called when the screens are to end; the caller closes them. */
  readonly onEnd: (ending: Ending) => void
  /** A screen that is painted, or lines that whoever opens it prints. */
  readonly use: 'screen' | 'lines'
  readonly view: (verbs: TerminalVerbs) => ReactNode
  /** How large the terminal is: at first, and whenever that changes or what is on it was lost. */
  readonly onSize: (size: Size) => void
  /** Keeps what is shown in time; the function that it returns stops that. */
  readonly startClock: () => () => void
  /** What ctrl+l does besides painting anew. */
  readonly onRedraw?: () => void
}

/** Takes the terminal for a view, which reads the keyboard. The function that it returns gives the terminal back as it was. */
export const openTerminal = ({
  stdin,
  stdout,
  onEnd,
  use,
  view,
  onSize,
  startClock,
  onRedraw,
}: TerminalUse): (() => void) => {
  // As everywhere else: what forces colour is stronger.
  if (process.env['NO_COLOR'] && process.env['FORCE_COLOR'] === undefined) chalk.level = 0
  const events: TerminalEvents = {
    onChanged: () => {
      sink.resize(terminal.size())
      onSize(terminal.size())
    },
    onSignal: (signal) => onEnd({ kind: 'signal', signal }),
    // Node cannot end in an orderly way without the terminal that it started on; a hangup it survives.
    onGone: () => onEnd({ kind: 'signal', signal: 'SIGHUP' }),
  }
  const terminal = new Terminal(stdin, stdout, events, use)
  const sink = new FrameSink(terminal.size(), (frame) => use === 'screen' && terminal.paint(frame))
  const closing = new AbortController()
  let isLent = false
  const verbs = {
    quit: () => onEnd({ kind: 'quit' }),
    interrupt: () => onEnd({ kind: 'interrupted' }),
    leave: () => onEnd({ kind: 'back' }),
    replay: (taskId: string) => onEnd({ kind: 'replay', taskId }),
    redraw: () => {
      terminal.redraw()
      onRedraw?.()
    },
    suspend: () => terminal.suspend(),
    lend: async <T,>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
      if (isLent) throw new SparkyError('conflict', 'another program has the terminal')
      isLent = true
      // Ink reads the keyboard for as long as it is mounted. Everything that it shows is in the store.
      ink.unmount()
      try {
        await terminal.lend()
        return await work(closing.signal)
      } finally {
        isLent = false
        if (!closing.signal.aborted) {
          terminal.takeBack()
          ink = mount()
        }
      }
    },
  }
  const mount = (): Instance => {
    // In debug mode Ink hands over every frame whole, and leaves its rhythm to the store.
    const mounted = render(view(verbs), {
      stdout: sink as unknown as WriteStream,
      stdin,
      debug: true,
      exitOnCtrlC: false,
      patchConsole: false,
    })
    mounted.waitUntilExit().catch((error: unknown) => onEnd({ kind: 'failed', error }))
    return mounted
  }
  onSize(terminal.size())
  terminal.open()
  const stopClock = startClock()
  let ink: Instance
  try {
    ink = mount()
    return () => {
      stopClock()
      closing.abort()
      ink.unmount()
      terminal.close()
    }
  } catch (error) {
    stopClock()
    terminal.close()
    throw error
  }
}
