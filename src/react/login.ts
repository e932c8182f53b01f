import { createClient, type LiveClient } from '../client/client.ts'

/** Which daemon, and as whom. */
export interface Login {
  readonly client: LiveClient
  readonly userId: string | undefined
  /** Another token than the client's. */
  readonly token: string | null | undefined
}

/** The same daemon by another token; the client itself where there is none. Throws where no daemon runs. */
export const withToken = (client: LiveClient, token: string | null | undefined): LiveClient =>
  token ? createClient({ url: client.address().url, token }) : client

/** Null and empty stand for a user who is not logged in yet; left out is the client's own token. */
export const mayConnect = (token: string | null | undefined): boolean => token !== null && token !== ''
