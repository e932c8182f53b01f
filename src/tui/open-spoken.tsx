import type { ReactNode } from 'react'
import { pressed, type Controls } from './effects/commands.ts'
import { useKeyPresses } from './hooks/use-key-presses.ts'
import { spokenOverview, spokenSince } from './layout/spoken.ts'
import { openWatchTerminal, type ScreenOptions } from './open-screen.tsx'
import { plainPress } from './state/key-names.ts'
import type { WatchState } from './state/watch-state.ts'

/**
 * The same as `openScreen` for a screen reader: what changes is printed as lines of text, one below the other, and
 * nothing that was printed is ever drawn over. The keys are the same.
 */
export const openSpoken = (options: ScreenOptions): (() => void) => {
  const { store, stdout } = options
  const say = (lines: readonly string[]): void => {
    stdout.write(lines.map((line) => `${line}\n`).join(''))
  }
  const close = openWatchTerminal({
    ...options,
    use: 'lines',
    view: (verbs) => <Keyboard store={store} source={options.source} terminal={verbs} />,
    onRedraw: () => say(spokenOverview(store.getState())),
  })
  say(['Sparky watch. Question mark lists the keys, q leaves.'])
  const { replay } = store.getState()
  let spoken: WatchState | null = replay === null ? null : store.getState()
  const unsubscribe = store.subscribe(() => {
    const state = store.getState()
    if (spoken === null) {
      // The first word is how things stand, once that is known.
      if (state.connection.state === 'connecting') return
      say(spokenOverview(state))
    } else {
      const text = spokenSince(spoken, state)
      if (text !== '') stdout.write(text)
    }
    spoken = state
  })
  return () => {
    unsubscribe()
    close()
  }
}

/** Reads the keys; Ink draws nothing. */
const Keyboard = (controls: Controls): ReactNode => {
  useKeyPresses((press) => pressed(plainPress(press), controls))
  return null
}
