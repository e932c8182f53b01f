/** Configuration keys whose values are shown masked. */
export const isSecretKey = (key: string): boolean => /(^|\.)(api_key|token|secret|password)$/.test(key)
