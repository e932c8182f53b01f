/**
 * What somebody else's program said, fit for a line of ours: without control characters, bidirectional overrides and
 * secrets, on one line, at most `maxChars` long.
 */
export const cleanText = (text: string, secrets: readonly string[] = [], maxChars = 400): string => {
  const masked = secrets
    .filter((secret) => secret.length >= shortestSecret)
    .reduce((rest, secret) => rest.replaceAll(secret, '[key]'), text)
  const plain = masked
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\p{Cf}\p{Co}\p{Cn}\p{Surrogate}]/gu, '')
    // Providers quote a rejected key in part.
    .replace(/\b(sk|AIza|tvly)[-_A-Za-z0-9*]{12,}/g, '[key]')
    .replace(/ {2,}/g, ' ')
    .trim()
  return plain.length <= maxChars ? plain : `${plain.slice(0, maxChars - 1)}…`
}

/** Taking out less than this would only make holes in words. */
const shortestSecret = 6
