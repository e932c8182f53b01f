/** A base URL, or what is wrong with it; both null where nothing was said. */
export interface Address {
  readonly url: string | null
  readonly problem: string | null
}

interface AddressOptions {
  /** The version path that is added where there is none, such as `v1`. */
  readonly version: string
  /** The port of an address without scheme and port; such an address is http then. */
  readonly barePort?: number
}

/**
 * The base URL that a user meant, as the AI SDK wants it: with its version path, without a slash at the end. Takes
 * what the providers' own tools take: with or without scheme (`localhost:11434`), version path and closing slash;
 * an address that only servers listen on (`0.0.0.0`) means this machine. `name` is the setting's, for `problem`.
 */
export const addressOf = (name: string, value: string, { version, barePort }: AddressOptions): Address => {
  const problem = (text: string): Address => ({ url: null, problem: `expected ${name} to be ${text}` })
  const url = parse(value, barePort)
  if (url === null) return problem(`an http or https address, found "${value}"`)
  // fetch refuses such an address, with the password in its message.
  if (url.username !== '' || url.password !== '')
    return problem('an address without a user name and password')
  if (url.search !== '' || url.hash !== '') return problem(`an address without "?" and "#", found "${value}"`)
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1'
  if (url.hostname === '[::]') url.hostname = '[::1]'
  const path = url.pathname.replace(/\/+$/, '')
  return { url: `${url.origin}${versioned.test(path) ? path : `${path}/${version}`}`, problem: null }
}

/** `/v1`, `/api/paas/v4`, `/v1beta/openai`: whoever names a version knows the whole path. */
const versioned = /\/v\d+(alpha|beta)?\d*(\/|$)/

const parse = (value: string, barePort: number | undefined): URL | null => {
  const hasScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(value)
  const url = hasScheme ? toUrl(value) : parseBare(value.replace(/^:(?=\d)/, '127.0.0.1:'), barePort)
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : null
}

const parseBare = (value: string, barePort: number | undefined): URL | null => {
  const url = toUrl(`http://${value}`)
  if (url === null) return null
  if (barePort !== undefined) {
    if (url.port === '' && !value.endsWith(':80')) url.port = String(barePort)
    return url
  }
  // A key does not go over the network unencrypted because somebody left out "https://".
  return isLoopback(url.hostname) ? url : toUrl(`https://${value}`)
}

const isLoopback = (hostname: string): boolean =>
  /^(localhost|127\.[\d.]+|\[::1?\]|0\.0\.0\.0)$/.test(hostname)

const toUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null)
