/** A number with its noun: `1 line`, `1,234 bytes`. For nouns whose plural takes an s. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
