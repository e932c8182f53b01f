import { isSecretKey } from '../protocol/secret-key.ts'
import type { Json } from '../protocol/task.ts'

/** The configuration as dotted keys and values, secrets masked. */
export const flatten = (value: Json, key = ''): [key: string, value: Json][] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[key, masked(key, value)]]
  return Object.entries(value).flatMap(([name, inner]) =>
    flatten(inner, key === '' ? name : `${key}.${name}`),
  )
}

/** The same shape with every secret masked. */
export const masked = (key: string, value: Json): Json => {
  if (Array.isArray(value)) return value.map((item) => masked(key, item))
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, inner]) => [name, masked(`${key}.${name}`, inner)])
    return Object.fromEntries(entries) as Json
  }
  if (typeof value !== 'string') return value
  return isSecretKey(key) ? mask(value) : value.replace(passwordInAddress, dots)
}

/** Of `https://name:password@host`, which a hook or a provider behind a proxy may need. */
const passwordInAddress = /(?<=^[a-z][a-z\d+.-]*:\/\/[^/?#:@]*:)[^/?#]+(?=@)/i

const dots = '••••'

/** Enough to recognise a long key by, and nothing of a short one. */
const mask = (secret: string): string => (secret.length < 16 ? dots : `${dots}${secret.slice(-4)}`)

/** Whether somewhere in it stands what was shown in the place of a secret, and not the secret. */
export const holdsMask = (key: string, value: Json): boolean => {
  if (typeof value === 'string') {
    return isSecretKey(key) ? value.startsWith(dots) : passwordInAddress.exec(value)?.[0] === dots
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).some(([name, inner]) => holdsMask(`${key}.${name}`, inner))
}
