interface Sorted<T> {
  readonly one: Iterable<T>
  readonly other: Iterable<T>
  readonly compare: (one: T, other: T) => number
}

/** The items of two sequences, each in order, as one in order; looks at each no further than it is asked to. */
export function* mergeSorted<T>({ one, other, compare }: Sorted<T>): Generator<T> {
  const others = other[Symbol.iterator]()
  let next = others.next()
  for (const item of one) {
    for (; next.done !== true && compare(next.value, item) <= 0; next = others.next()) yield next.value
    yield item
  }
  for (; next.done !== true; next = others.next()) yield next.value
}
