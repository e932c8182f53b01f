import { sparkyHome } from '../../config/home.ts'
import { daemonArguments } from '../../config/daemon-arguments.ts'
import type { Context } from '../context.ts'
import { plural } from '../output/amounts.ts'
import { ok, warn, type Check } from './check.ts'

type Report = NonNullable<Awaited<ReturnType<typeof repairIn>>>
type RepairedFile = Report['files'][number]

/** What was done to each damaged file, with the facts for programs. */
interface RepairCheck extends Check {
  readonly file: string
  readonly kept: string | null
  readonly lost: RepairedFile['lost']
  readonly torn_bytes: number
}

/** Mends the store of a home in which no daemon runs, says what it did to each file, and starts the daemon on it. */
export const repairHere = async ({ shell, daemon }: Context): Promise<Check[]> => {
  const report = await repairIn(sparkyHome(shell.env))
  if (report === undefined) return [ok('repair', 'there is no store yet')]
  const contents = `${plural(report.tasks, 'task')}, ${plural(report.lastSeq, 'event')}`
  if (report.files.length + report.restoredTasks + report.unknownTasks === 0)
    return [ok('repair', `nothing is damaged: ${contents}`)]
  await daemon.launch(daemonArguments({ auth: true, loop: true }))
  return [
    ...report.files.map(fileCheck),
    ...(report.unknownTasks === 0 ? [] : [unknownCheck(report.unknownTasks)]),
    ok('repair', `the store opens again: ${contents}${restoredText(report.restoredTasks)}`),
  ]
}

const repairIn = async (home: string) => {
  const { repairHome } = await import('../../daemon/inspect.ts')
  return repairHome(home)
}

const fileCheck = ({ file, kept, lost, tornBytes }: RepairedFile): RepairCheck => {
  const events = lost.reduce((sum, [first, last]) => sum + last - first + 1, 0)
  const what = [
    events === 0 ? 'no event is lost' : `${plural(events, 'event')} lost (seq ${lost.map(range).join(', ')})`,
    ...(tornBytes === 0 ? [] : [`${tornBytes} bytes of an interrupted write cut off`]),
  ].join('; ')
  const hint = kept === null ? 'the file was missing' : `the original is kept in ${kept}`
  return { ...warn('repair', `${file}: ${what}`, hint), file, kept, lost, torn_bytes: tornBytes }
}

const range = ([first, last]: readonly [number, number]): string =>
  first === last ? String(first) : `${first}-${last}`

const unknownCheck = (count: number): Check =>
  warn(
    'repair',
    `${plural(count, 'task')} of which only later events are left: failed with store_damaged`,
    'see "sparky agent tasks list --status failed"',
  )

const restoredText = (count: number): string =>
  count === 0 ? '' : `; ${plural(count, 'task')} brought back from the snapshot`
