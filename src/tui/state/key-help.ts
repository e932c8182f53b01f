import { bindings } from './keymap.ts'
import { isOfTheLiveScreen, replayBindings, replayVerbOf } from './replay-keymap.ts'

interface KeyHelp {
  /** As the help screen writes them, with spaces between. */
  readonly keys: string
  readonly help: string
}

/** What every key does, section by section. In a replay without what a replay's own keys hide, and what it cannot do. */
export const keyHelp = (inReplay: boolean): readonly (readonly KeyHelp[])[] => {
  const live = bindings.map(({ shown, help }) => ({ keys: shown, help }))
  if (!inReplay) return [live]
  const others = bindings.flatMap(({ verb, keys, shown, help }): KeyHelp[] => {
    // `shown` names the keys in their order; the last ones may be left out.
    const left = shown.split(' ').filter((_, index) => replayVerbOf(keys[index] ?? '') === null)
    return left.length === 0 || isOfTheLiveScreen(verb) ? [] : [{ keys: left.join(' '), help }]
  })
  return [replayBindings.map(({ shown, help }) => ({ keys: shown, help })), others]
}
