import os from 'node:os'

const rows = []
const loadAtStart = os.loadavg()[0]

/** A row of the results, said at once. `ratio` is the figure by its floor or counterpart of the same run. */
export const report = ({ what, figure, floor, ratio, target }) => {
  rows.push({ what, figure, floor, ratio, target })
  process.stdout.write(
    `${what}: ${figure}${floor ? ` against ${floor}` : ''}${ratio ? ` = ${ratio.toFixed(2)}x` : ''} (target ${target})\n`,
  )
}

export const ms = ({ median, min, max }) => `${median.toFixed(0)} ms (${min.toFixed(0)}–${max.toFixed(0)})`

export const resultsPage = () => {
  const cells = rows.map(
    ({ what, figure, floor, ratio, target }) =>
      `| ${what} | ${figure} | ${floor ?? '–'} | ${ratio ? `${ratio.toFixed(2)}x` : '–'} | ${target} |`,
  )
  return `# What Sparky costs

Written by \`npm run bench\`. Times are medians (min–max) of whole processes, rates the best of several rounds; each is taken in turn
with its floor or counterpart in the same run, and only the ratios compare between machines.

${os.cpus().length} × ${os.cpus()[0].model.trim()}, Node ${process.version}, ${os.type()} ${os.release()}, ${new Date().toISOString().slice(0, 10)}.
Load of the machine (processes that wanted a core, over a minute): ${loadAtStart.toFixed(1)} when the run began, ${os.loadavg()[0].toFixed(1)} when it
ended; the run itself is about two of them.

| what | figure | floor or counterpart | ratio | target |
|---|---|---|---|---|
${cells.join('\n')}

Deliveries are of the whole daemon: in its process 200 writers append four events of a task at a time and wait until
they are on disk; subscribers in another process, one program for both sides, find the frames on bare sockets and look
that no \`seq\` is missing. On both sides the source stays at most 2,000 events ahead of the slowest subscriber. What
the floor sends is serialised beforehand; of Sparky's events only the drafts are there. Latencies are of the round with
the best p99 of three, at one append an event, before any of that.
`
}
