import type { ReactNode } from 'react'
import type { ReadStream, WriteStream } from 'node:tty'
import { App } from './app.tsx'
import type { TerminalVerbs } from './effects/commands.ts'
import { runClock } from './effects/run-clock.ts'
import { openTerminal, type Ending } from './open-terminal.tsx'
import type { FrameStore } from './state/frame-store.ts'
import type { WatchSource } from './watch-source.ts'

export interface ScreenOptions {
  readonly store: FrameStore
  readonly source: WatchSource
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  /** Called when the screens are to end; the caller closes them. */
  readonly onEnd: (ending: Ending) => void
}

/** Takes the terminal and shows the store on it. The function that it returns gives the terminal back as it was. */
export const openScreen = (options: ScreenOptions): (() => void) =>
  openWatchTerminal({
    ...options,
    use: 'screen',
    view: (verbs) => <App store={options.store} source={options.source} terminal={verbs} />,
  })

interface WatchTerminal extends ScreenOptions {
  readonly use: 'screen' | 'lines'
  readonly view: (verbs: TerminalVerbs) => ReactNode
  readonly onRedraw?: () => void
}

/** The terminal for a view of this store. */
export const openWatchTerminal = ({ store, ...options }: WatchTerminal): (() => void) =>
  openTerminal({
    ...options,
    onSize: (size) => store.dispatch({ type: 'resized', size }),
    startClock: () => runClock(store),
  })
