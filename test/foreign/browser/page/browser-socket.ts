/** A frame as it came; which members it has is for the tests to say. */
export interface SeenFrame {
  readonly [name: string]: unknown
  readonly type: string
  readonly seq: number
  readonly data: Readonly<Record<string, unknown>>
}

/** The browser's own WebSocket, which keeps what it gets: no line of Sparky's is in it. */
export interface BrowserSocket {
  readonly frames: SeenFrame[]
  /** Settles when the connection is closed, whoever closed it; `opened` is whether it had ever been open. */
  readonly closed: Promise<{ code: number; reason: string; wasClean: boolean; opened: boolean }>
  readonly opened: Promise<void>
  send(frame: unknown): void
  /** The first frame that fits, when it is there. */
  until(fits: (frame: SeenFrame) => boolean): Promise<SeenFrame>
  /** Frames that have a `v` and a `seq`, in the order in which they came. */
  events(): SeenFrame[]
  seqs(): number[]
  close(): void
}

export const openSocket = (url: string): BrowserSocket => {
  const socket = new WebSocket(url)
  const frames: SeenFrame[] = []
  const waiting = new Set<() => void>()
  let wasOpened = false
  let hasEnded = false
  socket.addEventListener('message', ({ data }) => {
    frames.push(JSON.parse(String(data)) as SeenFrame)
    for (const look of waiting) look()
  })
  const opened = new Promise<void>((resolve) => {
    socket.addEventListener('open', () => {
      wasOpened = true
      resolve()
    })
  })
  const closed = new Promise<{ code: number; reason: string; wasClean: boolean; opened: boolean }>(
    (resolve) => {
      socket.addEventListener('close', ({ code, reason, wasClean }) => {
        hasEnded = true
        resolve({ code, reason, wasClean, opened: wasOpened })
        for (const look of waiting) look()
      })
    },
  )
  const events = (): SeenFrame[] => frames.filter((frame) => 'v' in frame && 'seq' in frame)
  return {
    frames,
    events,
    closed,
    opened,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    until: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = frames.find(fits)
          if (found === undefined && !hasEnded) return
          waiting.delete(look)
          if (found !== undefined) resolve(found)
          else
            reject(new Error(`closed without the frame that was waited for; got ${JSON.stringify(frames)}`))
        }
        waiting.add(look)
        look()
      }),
    seqs: () => events().map(({ seq }) => seq),
    close: () => socket.close(1000),
  }
}
