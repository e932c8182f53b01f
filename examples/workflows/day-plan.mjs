// A schedule of several steps, with progress: places each item of a day, one run of a node each, and writes the plan
// into a file of the task's folder.
//
//     sparky workflow run day-plan "Standup 15m; Write report 1h30m; Lunch 45m; Review 30m"

import { defineWorkflow } from 'sparky-agent/workflow'

const dayBegins = 9 * 60
const dayEnds = 18 * 60

export default defineWorkflow({
  name: 'day-plan',
  description: 'Places the items of a day one after the other, and writes the plan into plan.md.',
  input: (text) => ({ open: text.split(';').map(itemOf), placed: [], at: dayBegins }),
  start: 'place',
  nodes: {
    place: {
      run: ({ open, placed, at }, { progress }) => {
        const [item, ...others] = open
        const until = at + item.minutes
        if (until > dayEnds) throw new Error(`"${item.what}" does not fit: the day ends at ${clock(dayEnds)}`)
        progress(`${placed.length + 1} of ${placed.length + open.length}: ${item.what} at ${clock(at)}`)
        return { open: others, placed: [...placed, { ...item, from: at, until }], at: until }
      },
      // A loop: the limit of steps (--max-steps) bounds it.
      next: ({ open }) => (open.length > 0 ? 'place' : 'write'),
    },
    write: {
      run: async ({ placed }, { tool }) => {
        const lines = placed.map(lineOf)
        await tool('write_file', { path: 'plan.md', content: `# The day\n\n${lines.join('\n')}\n` })
        return { answer: lines.join('\n'), data: placed }
      },
    },
  },
})

const itemOf = (text) => {
  const [, what, hours = 0, minutes = 0] = /^\s*(.+?)\s+(?:(\d+)h)?(?:(\d+)m)?\s*$/.exec(text) ?? []
  const length = Number(hours) * 60 + Number(minutes)
  if (what === undefined || length === 0) throw new Error(`expected "WHAT 1h30m", found "${text.trim()}"`)
  return { what, minutes: length }
}

const lineOf = ({ what, from, until }) => `- ${clock(from)}–${clock(until)} ${what}`

const clock = (minutes) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
