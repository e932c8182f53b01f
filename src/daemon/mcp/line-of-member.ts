/** The line, counted from 1, on which a member of nested objects begins in a text that is valid JSON; null where it is not there. */
export const lineOfMember = (json: string, path: readonly string[]): number | null => {
  // Of each object or list that is open: the key that is being read, undefined in a list.
  const keys: (string | undefined)[] = []
  for (const token of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    const [text, isKey] = token
    if (text === '{' || text === '[') keys.push(undefined)
    else if (text === '}' || text === ']') keys.pop()
    else if (isKey !== undefined) {
      keys[keys.length - 1] = JSON.parse(text.slice(0, -isKey.length)) as string
      if (keys.length === path.length && path.every((key, index) => keys[index] === key)) {
        return json.slice(0, token.index).split('\n').length
      }
    }
  }
  return null
}
