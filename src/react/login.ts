import type { LiveClient } from '../client/live-client.ts'

/** Which daemon, and as whom. */
export interface Login {
  readonly client: LiveClient
  readonly userId: string | undefined
  /** Another token than the client's. */
  readonly token: string | null | undefined
}

/** The client by that token, which is its own where none is given. */
export const clientOf = ({ client, token }: Login): LiveClient => (token ? client.withToken(token) : client)

/** Null and empty stand for a user who is not logged in yet; left out is the client's own token. */
export const mayConnect = (token: string | null | undefined): boolean => token !== null && token !== ''
