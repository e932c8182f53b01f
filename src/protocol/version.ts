/** The version of the package, put in at build time; "dev" when the sources run unbuilt. */
declare const SPARKY_VERSION: string | undefined

export const version: string = typeof SPARKY_VERSION === 'string' ? SPARKY_VERSION : 'dev'

/** The number of the event and WebSocket format: `v` of an event, `protocol` of `connected`. */
export const protocolVersion = 1
