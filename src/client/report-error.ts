/**
 * For an error that a program's own function has thrown, and that must not break what called it: it becomes an error
 * of the page, or a line on stderr.
 */
export const reportOwn = (error: unknown): void => {
  const { reportError } = globalThis as { reportError?: (error: unknown) => void }
  if (reportError !== undefined) reportError(error)
  else console.error(error)
}

/** Calls a function of the program; what it throws is reported. */
export const callOwn = <A extends readonly unknown[]>(
  own: ((...args: A) => void) | undefined,
  ...args: A
): void => {
  try {
    own?.(...args)
  } catch (error) {
    reportOwn(error)
  }
}
