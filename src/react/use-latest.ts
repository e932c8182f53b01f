import { useInsertionEffect, useState } from 'react'

/** Reads the value of the last render that counted, from callbacks that outlive it. */
export const useLatest = <T>(value: T): (() => T) => {
  const [latest] = useState(() => {
    let current = value
    return { get: () => current, set: (next: T) => void (current = next) }
  })
  // Before any effect of this render, so that none of them meets an older one.
  useInsertionEffect(() => latest.set(value))
  return latest.get
}
