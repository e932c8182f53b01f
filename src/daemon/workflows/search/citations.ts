/** A text without the numbers of sources that there are none of: `[1, 9]` becomes `[1]`, and `[9]` nothing. */
export const withKnownCitations = (text: string, count: number): string =>
  text.replaceAll(
    /( ?)\[(\d{1,4}(?:\s*[,;–-]\s*\d{1,4})*)\](?!\()/g,
    (whole, space: string, list: string) => {
      const numbers = (list.match(/\d+/g) ?? []).map(Number)
      const known = numbers.filter((number) => number >= 1 && number <= count)
      if (known.length === numbers.length) return whole
      return known.length === 0 ? '' : `${space}[${known.join(', ')}]`
    },
  )
