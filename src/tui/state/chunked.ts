/**
 * An immutable list for long histories: appending and replacing copy one block, dropping frees whole blocks from
 * the front. Indexes are absolute: an item keeps its index when older ones are dropped.
 */
export interface Chunked<T> {
  /** Index of the first item that is still there. */
  readonly start: number
  /** One more than the index of the last item. */
  readonly end: number
  /** Block `i` holds the indexes from `start + i * blockSize`; every block but the last is full. */
  readonly blocks: readonly (readonly T[])[]
}

const blockSize = 512

export const emptyChunked: Chunked<never> = { start: 0, end: 0, blocks: [] }

export const itemAt = <T>(list: Chunked<T>, index: number): T | undefined => {
  const offset = index - list.start
  if (offset < 0 || index >= list.end) return undefined
  return list.blocks[Math.floor(offset / blockSize)]?.[offset % blockSize]
}

export const append = <T>(list: Chunked<T>, item: T): Chunked<T> => {
  const last = list.blocks.at(-1)
  const blocks =
    last === undefined || last.length === blockSize
      ? [...list.blocks, [item]]
      : [...list.blocks.slice(0, -1), [...last, item]]
  return { start: list.start, end: list.end + 1, blocks }
}

/** The same list where the index is not there (any more). */
export const replaceAt = <T>(list: Chunked<T>, index: number, item: T): Chunked<T> => {
  const offset = index - list.start
  if (offset < 0 || index >= list.end) return list
  const blockIndex = Math.floor(offset / blockSize)
  const block = list.blocks[blockIndex]
  if (block === undefined) return list
  return { ...list, blocks: list.blocks.with(blockIndex, block.with(offset % blockSize, item)) }
}

/** Without its oldest block; the same list where only one is left. */
export const dropOldestBlock = <T>(list: Chunked<T>): Chunked<T> =>
  list.blocks.length < 2
    ? list
    : { start: list.start + blockSize, end: list.end, blocks: list.blocks.slice(1) }

/**
 * The nearest index in a direction, the given one included, that is not in a block without anything wanted. One past
 * the ends where there is none.
 */
export const seekBlock = <T>(
  list: Chunked<T>,
  from: number,
  step: 1 | -1,
  isWanted: (block: readonly T[]) => boolean,
): number => {
  let index = from
  while (index >= list.start && index < list.end) {
    const blockIndex = Math.floor((index - list.start) / blockSize)
    const block = list.blocks[blockIndex]
    if (block === undefined || isWanted(block)) return index
    const blockStart = list.start + blockIndex * blockSize
    index = step === 1 ? Math.min(list.end, blockStart + blockSize) : blockStart - 1
  }
  return index
}
