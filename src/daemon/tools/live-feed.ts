const everyMs = 50
/** What a reader is shown at a time at most; the middle of a flood is not worth showing. */
const maxBatchChars = 16 * 1024

export interface LiveFeed {
  push(text: string): void
  /** Shows what is left; nothing is shown afterwards. */
  end(): void
}

/** Passes text on in batches, twenty a second at most, each with the newest text only. */
export const liveFeed = (show: (text: string) => void): LiveFeed => {
  let waiting = ''
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    timer = undefined
    if (waiting === '') return
    const batch = waiting
    waiting = ''
    show(batch)
  }
  return {
    push: (text) => {
      waiting = (waiting + text).slice(-maxBatchChars)
      timer ??= setTimeout(flush, everyMs)
    },
    end: () => {
      clearTimeout(timer)
      flush()
    },
  }
}
