/** The path of a request, and its query without the question mark before it; one in the query belongs to it. */
export const splitTarget = (target: string): { readonly path: string; readonly query: string } => {
  const at = target.indexOf('?')
  return at === -1 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at + 1) }
}
