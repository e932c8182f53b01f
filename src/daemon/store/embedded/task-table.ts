import type { StatusCounts } from '../../../protocol/daemon-status.ts'
import { isFinal, taskStatuses, type Task } from '../../../protocol/task.ts'
import type { Claimant } from '../active-tasks.ts'
import { ActiveIndex } from './active-index.ts'
import type { FoldedState, Overlay } from './overlay.ts'
import type { Page, PageFiles, Row } from './page.ts'
import { pageTasks } from './page.ts'
import { SortedRuns } from './sorted-runs.ts'

/** Where the tasks are that are not in memory. */
export interface ColdTasks {
  /** A task as its page holds it; undefined where the page cannot be read. */
  read(files: PageFiles, row: Row): Task | undefined
  /** The task folded from its events in the log. */
  rebuild(row: Row): Task
}

/**
 * The durable state in memory: a row for every task, in pages by number, and the tasks themselves where they are
 * active or not yet in the snapshot. Other tasks are read when they are asked for.
 */
export class TaskTable implements FoldedState {
  readonly #cold: ColdTasks
  readonly #rows = new Map<string, Row>()
  readonly #counts = Object.fromEntries(taskStatuses.map((status) => [status, 0])) as StatusCounts
  readonly #active = new ActiveIndex()
  /** All ids, once somebody has asked for those that begin in some way. */
  #ids: SortedRuns<string> | undefined
  #pages: Page[] = []
  #queueFacts: Readonly<Record<string, unknown>> = {}
  #lastNumber = 0

  constructor(cold: ColdTasks) {
    this.#cold = cold
  }

  /** Starts from what a snapshot holds, before anything else is put in. */
  restore(pages: readonly Page[], facts: Readonly<Record<string, unknown>>, lastNumber: number): void {
    this.#pages = [...pages]
    this.#queueFacts = facts
    this.#lastNumber = lastNumber
    for (const page of pages) {
      for (const row of page.rows) {
        this.#rows.set(row.id, row)
        this.#counts[row.status] += 1
        if (isFinal(row.status)) continue
        row.task = this.readCold(page, row)
        this.#active.change(undefined, row.task)
      }
    }
  }

  /** In the order of their numbers. */
  get pages(): readonly Page[] {
    return this.#pages
  }

  get lastNumber(): number {
    return this.#lastNumber
  }

  counts(): StatusCounts {
    return { ...this.#counts }
  }

  active(): Iterable<Task> {
    return this.#active.active()
  }

  queued(claimant: Claimant, isClosed?: (task: Task) => boolean): Iterable<Task> {
    return this.#active.queued(claimant, isClosed)
  }

  running(): readonly Task[] {
    return this.#active.running()
  }

  waiting(): readonly Task[] {
    return this.#active.waiting()
  }

  timed(): Iterable<Task> {
    return this.#active.timed()
  }

  dependants(id: string): readonly Task[] {
    return this.#active.dependants(id)
  }

  children(id: string): readonly Task[] {
    return this.#active.children(id)
  }

  withPrompt(prompt: string): Iterable<Task> {
    return this.#active.withPrompt(prompt)
  }

  queueFacts(): Readonly<Record<string, unknown>> {
    return this.#queueFacts
  }

  task(id: string): Task | undefined {
    const row = this.#rows.get(id)
    return row === undefined ? undefined : this.taskOf(row)
  }

  byNumber(number: number): Task | undefined {
    const rows = this.#pageOf(number)?.rows ?? []
    const row = rows[positionOf(rows, number)]
    return row?.number === number ? this.taskOf(row) : undefined
  }

  idsStartingWith(prefix: string): readonly string[] {
    this.#ids ??= new SortedRuns(inCodeOrder, [...this.#rows.keys()].sort())
    const ids: string[] = []
    for (const id of this.#ids.from(prefix)) {
      if (!id.startsWith(prefix)) break
      ids.push(id)
    }
    return ids
  }

  row(id: string): Readonly<Row> | undefined {
    return this.#rows.get(id)
  }

  taskOf(row: Row): Task {
    return row.task ?? this.readCold(this.#pageOf(row.number) as Page, row)
  }

  /** Whether the task of this row was removed after the row had been looked up. */
  isRemoved(row: Row): boolean {
    return this.#rows.get(row.id) !== row
  }

  /** A task that is not in memory: from its page, or where that is lost from the log, which is the truth. */
  readCold(page: Page, row: Row): Task {
    const task = page.files === undefined ? undefined : this.#cold.read(page.files, row)
    if (task !== undefined) return task
    row.task = this.#cold.rebuild(row)
    page.dirty = true
    return row.task
  }

  /** Makes changes that have become durable part of the state. */
  take(changes: Overlay): void {
    for (const [id, task] of changes.changes) {
      // Also where the same id was added again: that is another task.
      if (task?.number !== this.#rows.get(id)?.number) this.#remove(id)
    }
    const tasks = [...changes.changes.values()].filter((task) => task !== undefined) as Task[]
    for (const task of tasks.sort((one, other) => one.number - other.number)) this.#put(task)
    this.#queueFacts = changes.queueFacts()
    this.#lastNumber = Math.max(this.#lastNumber, changes.lastNumber)
  }

  /** Puts the pages that `page` was cut into in its place. Rows that were added meanwhile belong to the last. */
  replacePage(
    page: Page,
    parts: readonly { readonly firstNumber: number; readonly files: PageFiles }[],
  ): void {
    const at = this.#pages.indexOf(page)
    if (at === -1) return
    const cut = parts.map(({ files }, part): Page => {
      const next = parts[part + 1]?.firstNumber ?? Infinity
      const begin = part === 0 ? 0 : (parts[part]?.firstNumber ?? 0)
      const rows = page.rows.filter((row) => row.number >= begin && row.number < next)
      return { rows, files, dirty: page.dirty }
    })
    this.#pages.splice(at, 1, ...cut.filter((part) => part.rows.length > 0))
  }

  /** Lets go of a finished task that the snapshot holds as `row` saw it. */
  release(row: Readonly<Row>): void {
    const current = this.#rows.get(row.id)
    if (current?.task === row.task && current !== undefined && isFinal(current.status))
      current.task = undefined
  }

  #put(task: Task): void {
    const row = this.#rows.get(task.id)
    // A row that is not active may have no task in memory, and needs none here.
    this.#active.change(row?.task, task)
    if (row === undefined) {
      this.#addRow(task)
    } else {
      touch(this.#pageOf(task.number) as Page)
      this.#counts[row.status] -= 1
      Object.assign(row, { status: task.status, group: task.group, lastSeq: task.last_seq, task })
    }
    this.#counts[task.status] += 1
  }

  #addRow(task: Task): void {
    const { number, id, status, group, first_seq: firstSeq, last_seq: lastSeq } = task
    const row: Row = { number, id, status, group, firstSeq, lastSeq, task }
    this.#rows.set(id, row)
    this.#ids?.add(id)
    const isNewest = number > (this.#pages.at(-1)?.rows.at(-1)?.number ?? 0)
    // One that a repair has brought back goes where it was.
    const page = isNewest ? this.#pages.at(-1) : this.#pageOf(number)
    if (page === undefined || (isNewest && page.rows.length >= pageTasks))
      this.#pages.push({ rows: [row], files: undefined, dirty: true })
    else {
      touch(page)
      page.rows.splice(isNewest ? page.rows.length : positionOf(page.rows, number), 0, row)
    }
  }

  #remove(id: string): void {
    const row = this.#rows.get(id)
    if (row === undefined) return
    this.#rows.delete(id)
    this.#ids?.delete(id)
    this.#counts[row.status] -= 1
    this.#active.change(row.task, undefined)
    const page = this.#pageOf(row.number) as Page
    touch(page)
    page.rows.splice(positionOf(page.rows, row.number), 1)
    if (page.rows.length === 0) this.#pages.splice(this.#pages.indexOf(page), 1)
  }

  #pageOf(number: number): Page | undefined {
    let [low, high] = [0, this.#pages.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#pages[middle]?.rows[0]?.number ?? Infinity) <= number) low = middle
      else high = middle - 1
    }
    return this.#pages[low]
  }
}

/** A row of this page is about to change. */
const touch = (page: Page): void => {
  page.beforeChange?.()
  page.dirty = true
}

/** Position of the row with this number, or of the first with a larger one. */
const positionOf = (rows: readonly Row[], number: number): number => {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.number ?? Infinity) < number) low = middle + 1
    else high = middle
  }
  return low
}

/** As `sort` orders strings, which is not as people read them. */
const inCodeOrder = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
