import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Low } from 'lowdb'
import type { Task } from '../../../protocol/task.ts'
import { makePrivateDirectory, syncDirectory } from './disk.ts'
import { manifestName, noManifest, snapshotFormat, type Manifest } from './manifest.ts'
import type { OnNotice } from './notice.ts'
import { cutBySize, decodeRows, encodeRows } from './page.ts'
import type { Page, PageFiles, Row, StoredPageIndex, StoredPageTasks } from './page.ts'
import { Recent } from './recent.ts'
import { SealedFile } from './sealed-file.ts'
import type { TaskTable } from './task-table.ts'

/** How far the log was when the snapshot was taken. */
interface SnapshotPosition {
  readonly seq: number
  /** First `seq` of the write that `seq` was part of: what came before it was surely on disk. */
  readonly lastWriteSeq: number
  readonly ts: string
}

interface SnapshotMoment {
  readonly storeId: string
  readonly position: SnapshotPosition
  /** What has to be on disk before the snapshot counts; it does not where this rejects. */
  readonly before: () => Promise<void>
}

export interface LoadedSnapshot {
  readonly storeId: string
  readonly position: SnapshotPosition
  readonly lastNumber: number
  readonly queueFacts: Readonly<Record<string, unknown>>
  readonly pages: readonly Page[]
}

/**
 * The folded state on disk, kept by lowdb: a manifest, and for each page its tasks and a compact index. It is a
 * view of the log, from which it can be made again. A page's files never change; a changed page gets new ones, and
 * the manifest, which is written last, names those that belong together.
 */
export class Snapshot {
  readonly #directory: string
  readonly #manifest: Low<Manifest>
  readonly #recentPages = new Recent<string, ReadonlyMap<number, Task>>(8)

  readonly #onNotice: OnNotice

  private constructor(directory: string, onNotice: OnNotice) {
    this.#directory = directory
    this.#onNotice = onNotice
    this.#manifest = new Low(new SealedFile<Manifest>(join(directory, manifestName)), noManifest)
  }

  static async in(directory: string, onNotice: OnNotice): Promise<Snapshot> {
    await makePrivateDirectory(directory)
    return new Snapshot(directory, onNotice)
  }

  /** Whether a snapshot was ever written, which only a store with events does. */
  async exists(): Promise<boolean> {
    return (await readdir(this.#directory)).includes(manifestName)
  }

  /** What was written last; undefined where that is nothing, or cannot be used, which is then said. */
  async load(): Promise<LoadedSnapshot | undefined> {
    try {
      await this.#manifest.read()
      const manifest = this.#manifest.data
      if (manifest === noManifest) return undefined
      if (manifest.format !== snapshotFormat) throw new Error(`it has another format, ${manifest.format}`)
      const pages: Page[] = []
      for (const files of manifest.pages) {
        const index = new Low(this.#file<StoredPageIndex>(files.index), noRows)
        await index.read()
        if (index.data === noRows) throw new Error(`${files.index} is missing`)
        pages.push({ rows: decodeRows(index.data), files, dirty: false })
      }
      return {
        storeId: manifest.store_id,
        position: { seq: manifest.seq, lastWriteSeq: manifest.last_write_seq, ts: manifest.ts },
        lastNumber: manifest.last_number,
        queueFacts: manifest.queue_facts,
        pages,
      }
    } catch (error) {
      this.#onNotice({
        kind: 'rebuilt',
        message: `The snapshot could not be used and is made again from the log: ${(error as Error).message}`,
      })
      return undefined
    }
  }

  /** A task as its page holds it; undefined where the page is missing, damaged or of another state. */
  read(files: PageFiles, row: Row): Task | undefined {
    const task = this.#pageTasks(files.tasks).get(row.number)
    return task?.id === row.id && task.last_seq === row.lastSeq ? task : undefined
  }

  /**
   * Writes what has changed since the last time; the state is that of the call, whatever comes meanwhile. Does not
   * reject: where it cannot write, it says so, and the snapshot before this one stays.
   */
  async write(table: TaskTable, { storeId, position, before }: SnapshotMoment): Promise<void> {
    const head = {
      format: snapshotFormat,
      store_id: storeId,
      seq: position.seq,
      last_write_seq: position.lastWriteSeq,
      ts: position.ts,
      last_number: table.lastNumber,
      queue_facts: table.queueFacts(),
    }
    const captured = table.pages.map(capture)
    try {
      const written: WrittenPage[] = []
      for (const page of captured) written.push(await this.#writePage(page, table, position.seq))
      const pages = written.flatMap((page) => page.parts.map((part) => part.files))
      await before()
      this.#manifest.data = { ...head, pages }
      // It must not name what a loss of power could still take away.
      await syncDirectory(this.#directory)
      await this.#manifest.write()
      for (const { page, rows, parts } of written) {
        if (rows === undefined) continue
        table.replacePage(page, parts)
        for (const row of rows()) table.release(row)
        await setImmediate()
      }
      await this.#removeUnnamed(pages)
    } catch (error) {
      for (const { page, rows } of captured) {
        if (rows === undefined) continue
        page.beforeChange = undefined
        page.dirty = true
      }
      const message = `The snapshot could not be written; the log has everything: ${(error as Error).message}`
      this.#onNotice({ kind: 'snapshot_failed', message })
    }
  }

  async #writePage({ page, rows }: CapturedPage, table: TaskTable, seq: number): Promise<WrittenPage> {
    if (rows === undefined) return { page, rows, parts: [{ firstNumber: 0, files: page.files as PageFiles }] }
    const tasks = rows().map((row) => row.task ?? table.readCold(page, row))
    await setImmediate()
    const parts: PagePart[] = []
    let begin = 0
    for (const part of cutBySize(tasks)) {
      const firstNumber = part[0]?.number ?? 0
      const files = { tasks: `tasks-${firstNumber}-${seq}.json`, index: `index-${firstNumber}-${seq}.json` }
      await this.#write(files.tasks, { tasks: part } satisfies StoredPageTasks)
      await this.#write(files.index, encodeRows(rows().slice(begin, begin + part.length)))
      this.#recentPages.set(files.tasks, byNumber(part))
      parts.push({ firstNumber, files })
      begin += part.length
    }
    return { page, rows, parts }
  }

  async #write(name: string, object: object): Promise<void> {
    await new Low(this.#file(name), object).write()
  }

  async #removeUnnamed(pages: readonly PageFiles[]): Promise<void> {
    const named = new Set([manifestName, ...pages.flatMap(({ tasks, index }) => [tasks, index])])
    for (const name of await readdir(this.#directory)) {
      if (named.has(name)) continue
      this.#recentPages.delete(name)
      await rm(join(this.#directory, name), { force: true })
    }
  }

  #pageTasks(name: string): ReadonlyMap<number, Task> {
    const recent = this.#recentPages.get(name)
    if (recent !== undefined) return recent
    const tasks = byNumber(this.#readTasks(name))
    this.#recentPages.set(name, tasks)
    return tasks
  }

  #readTasks(name: string): readonly Task[] {
    try {
      const page = this.#file<StoredPageTasks>(name).readSync()
      if (page !== null) return page.tasks
      throw new Error(`${name} is missing`)
    } catch (error) {
      const message = `Tasks that the snapshot has lost are made again from the log: ${(error as Error).message}`
      this.#onNotice({ kind: 'rebuilt', message })
      return []
    }
  }

  #file<T extends object>(name: string): SealedFile<T> {
    return new SealedFile<T>(join(this.#directory, name), { isOneOfMany: true })
  }
}

interface CapturedPage {
  readonly page: Page
  /** As they were at the call; undefined where the page's files hold them already. */
  readonly rows: (() => readonly Readonly<Row>[]) | undefined
}

interface PagePart {
  readonly firstNumber: number
  readonly files: PageFiles
}

interface WrittenPage extends CapturedPage {
  readonly parts: readonly PagePart[]
}

const noRows: StoredPageIndex = { rows: [] }

/**
 * Tasks are never changed in place, so copies of the rows are all that it takes. They are made when they are written,
 * or as soon as one of them is about to change: those of 100,000 tasks at once would hold everybody up.
 */
const capture = (page: Page): CapturedPage => {
  if (!page.dirty) return { page, rows: undefined }
  page.dirty = false
  let copies: readonly Readonly<Row>[] | undefined
  const rows = (): readonly Readonly<Row>[] => {
    page.beforeChange = undefined
    return (copies ??= page.rows.map((row) => ({ ...row })))
  }
  page.beforeChange = () => void rows()
  return { page, rows }
}

const byNumber = (tasks: readonly Task[]): ReadonlyMap<number, Task> =>
  new Map(tasks.map((task) => [task.number, task]))
