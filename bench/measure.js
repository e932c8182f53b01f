import { execa } from 'execa'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import path from 'node:path'

export const root = path.join(import.meta.dirname, '..')
export const bin = path.join(root, 'bin/sparky.js')

/** A certificate file in the environment triples the start of Node 20. */
export const environment = (extra = {}) => {
  const { NODE_EXTRA_CA_CERTS: _dropped, ...env } = process.env
  return { ...env, ...extra }
}

export const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** Wall milliseconds of a program from spawn to exit; fails where it fails. */
const wallMs = async (args, options) => {
  const start = performance.now()
  await execa(process.execPath, args, { extendEnv: false, ...options })
  return performance.now() - start
}

/**
 * Times programs in turn, A B A B …, because machines drift: only ratios taken in one run compare. Returns the
 * median milliseconds of each. A program is its arguments, or `{ args, options }` where it has options of its own.
 */
export const inTurn = async (programs, { runs, options }) => {
  const times = programs.map(() => [])
  for (let round = -1; round < runs; round += 1) {
    for (const [index, program] of programs.entries()) {
      const ms = await wallMs(program.args ?? program, program.options ?? options)
      if (round >= 0) times[index].push(ms)
    }
  }
  return times.map((list) => ({ median: median(list), min: Math.min(...list), max: Math.max(...list) }))
}

/** Starts a server of this folder as a process of its own; it says its address when it listens. */
export const startServer = async (file, args = []) => {
  const child = fork(path.join(import.meta.dirname, file), args, { env: environment() })
  const [url] = await once(child, 'message')
  return { url, pid: child.pid, stop: () => child.kill() }
}

/** The best rate of each measurement over some rounds, taken in turn: what else the machine does only slows down. */
export const bestRates = async (measurements, { rounds }) => {
  const rates = measurements.map(() => 0)
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, measure] of measurements.entries()) {
      rates[index] = Math.max(rates[index], await measure())
    }
  }
  return rates
}

/** Posts `count` bodies over `clients` connections that each wait for their answer; returns posts per second. */
export const postsPerSecond = async ({ url, headers, body, count, clients }) => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: clients })
  let next = 0
  const client = async () => {
    while (next < count) {
      const index = next
      next += 1
      await post({ url: typeof url === 'string' ? url : url(index), headers, agent, body: body(index) })
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: clients }, client))
  const seconds = (performance.now() - start) / 1000
  agent.destroy()
  return count / seconds
}

const post = ({ url, headers, agent, body }) =>
  new Promise((resolve, reject) => {
    const request = http.request(url, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
    })
    request.on('response', (response) => {
      response.resume()
      response.on('end', () =>
        response.statusCode === 201 || response.statusCode === 200
          ? resolve()
          : reject(new Error(`expected 201, found ${response.statusCode}`)),
      )
    })
    request.on('error', reject)
    request.end(body)
  })
