import { createContext, createElement, use, type ReactElement, type ReactNode } from 'react'
import { createClient, type LiveClient } from '../client/client.ts'

const SparkyContext = createContext<LiveClient | null>(null)

/** Which daemon the hooks below it talk to. In Node, without one, they talk to the daemon of `SPARKY_HOME`. */
export const SparkyProvider = ({
  client,
  children,
}: {
  readonly client: LiveClient
  readonly children?: ReactNode
}): ReactElement => createElement(SparkyContext, { value: client }, children)

let ownClient: LiveClient | undefined

/** The hook's own client, else the provider's, else, in Node, the one of `SPARKY_HOME`. On a page one is needed. */
export const useSparkyClient = (own?: LiveClient): LiveClient => {
  const provided = use(SparkyContext)
  return own ?? provided ?? (ownClient ??= createClient())
}
