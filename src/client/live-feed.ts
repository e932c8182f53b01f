import { DaemonClient } from './daemon-client.ts'
import type { Environment } from './environment.ts'
import type { Feed } from './feed.ts'
import { openNodeSocket } from './node-socket.ts'
import { PulledFeed, type PulledFeedOptions } from './pulled-feed.ts'

export type LiveFeedOptions = PulledFeedOptions & {
  /** Where `SPARKY_HOME` is looked up; `process.env` if left out. */
  readonly env?: Environment
}

/** Opens a feed of this `SPARKY_HOME`'s daemon. Connects when it is iterated. */
export const openFeed = ({ env = process.env, ...options }: LiveFeedOptions = {}): Feed =>
  new PulledFeed({ api: new DaemonClient({ env }), openSocket: openNodeSocket }, options)
