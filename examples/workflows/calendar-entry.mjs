// An entry in a calendar, over the tools of an MCP server that is called "calendar" in mcp.json. Looks whether the time
// is free, adds the entry, and looks whether it is there.
//
//     sparky workflow run calendar-entry "2026-12-01 10:00-11:00 Dentist"
//
// To add an entry is not done twice: after a crash in between, the call rejects with the status "interrupted", and the
// node looks whether the entry is there. A plain object does as well: nothing has to be imported.

export default {
  name: 'calendar-entry',
  description: 'Adds an entry to the calendar, where the time is free.',
  input: (text) => {
    const [, day, from, until, title] =
      /^(\d{4}-\d\d-\d\d) (\d\d:\d\d)-(\d\d:\d\d) (.+)$/.exec(text.trim()) ?? []
    if (day === undefined) throw new Error('expected "2026-12-01 10:00-11:00 TITLE"')
    return { day, from, until, title, clash: null }
  },
  start: 'look',
  nodes: {
    look: {
      retries: { attempts: 3, first_s: 1 },
      run: async ({ day, from, until }, { tool, progress }) => {
        progress(`is ${day} free from ${from} to ${until}?`)
        const events = await eventsOf(tool, day)
        return { clash: events.find((event) => event.from < until && from < event.until)?.title ?? null }
      },
      next: ({ clash }) => (clash === null ? 'add' : 'taken'),
    },
    add: {
      run: async ({ day, from, until, title }, { tool }) => {
        try {
          await tool('mcp__calendar__add_event', { day, from, until, title })
        } catch (error) {
          if (error.status !== 'interrupted') throw error
        }
      },
      next: 'confirm',
    },
    confirm: {
      run: async ({ day, from, until, title }, { tool }) => {
        const events = await eventsOf(tool, day)
        if (!events.some((event) => event.title === title && event.from === from))
          throw new Error(`the calendar does not have "${title}"`)
        return { answer: `"${title}" stands in the calendar on ${day}, ${from} to ${until}.` }
      },
    },
    taken: {
      run: ({ day, from, until, clash }) => ({
        answer: `Nothing was added: on ${day} there is "${clash}" between ${from} and ${until}.`,
        data: { clash },
      }),
    },
  },
}

const eventsOf = async (tool, day) => JSON.parse((await tool('mcp__calendar__list_events', { day })).text)
