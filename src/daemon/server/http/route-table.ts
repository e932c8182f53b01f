import { api, type ApiName } from '../../../protocol/api.ts'

type Method = (typeof api)[ApiName]['method']

/** What a request's method and path lead to. */
export type Found =
  | { readonly kind: 'route'; readonly name: ApiName; readonly pathParams: Record<string, string> }
  /** The path is known, the method is not one of `allow`. */
  | { readonly kind: 'wrong_method'; readonly allow: string }
  | { readonly kind: 'unknown' }

interface Place {
  readonly path: string
  readonly segments: readonly string[]
  readonly methods: ReadonlyMap<string, ApiName>
  /** As the `Allow` header has it. */
  readonly allow: string
}

/** Finds a route by method and path (without query, percent-encoded). Throws `URIError` where that is malformed. */
export const findRoute = (method: string, path: string): Found => {
  // A path without parameters comes first: `/tasks/clear` is no task.
  const literal = literalPlaces.get(path)
  const segments = literal?.segments ?? path.split('/')
  const place = literal ?? patternPlaces.find((pattern) => fits(pattern, segments))
  if (place === undefined) return { kind: 'unknown' }
  const name = place.methods.get(method === 'HEAD' ? 'GET' : method)
  if (name === undefined) return { kind: 'wrong_method', allow: place.allow }
  return { kind: 'route', name, pathParams: literal === undefined ? pathParamsOf(place, segments) : {} }
}

const isParam = (segment: string): boolean => segment.startsWith('{')

const placesOf = (table: typeof api): Place[] => {
  const methodsByPath = new Map<string, Map<Method, ApiName>>()
  for (const name of Object.keys(table) as ApiName[]) {
    const { method, path } = table[name]
    const methods = methodsByPath.get(path) ?? new Map<Method, ApiName>()
    methodsByPath.set(path, methods.set(method, name))
  }
  return [...methodsByPath].map(([path, methods]) => ({
    path,
    segments: path.split('/'),
    methods,
    allow: [...methods.keys(), ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', '),
  }))
}

const places = placesOf(api)
const patternPlaces = places.filter(({ segments }) => segments.some(isParam))
const literalPlaces = new Map(
  places.filter(({ segments }) => !segments.some(isParam)).map((place) => [place.path, place]),
)

const fits = (place: Place, segments: readonly string[]): boolean =>
  place.segments.length === segments.length &&
  place.segments.every((segment, at) => (isParam(segment) ? segments[at] !== '' : segment === segments[at]))

const pathParamsOf = (place: Place, segments: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    place.segments.flatMap((segment, at) =>
      isParam(segment) ? [[segment.slice(1, -1), decodeURIComponent(segments[at] ?? '')]] : [],
    ),
  )
