import { rawFrame } from './raw-web-socket.ts'
import type { SeededRandom } from './seeded-random.ts'

/** What somebody throws at the daemon, and what is to come of it: an `error`, the end with a code, or nothing at all. */
export interface HostileFrame {
  readonly name: string
  readonly bytes: Buffer
  readonly earns: 'error' | 'nothing' | number
}

export const hostileFrame = (random: SeededRandom): HostileFrame => {
  const kind = random.below(100)
  if (kind < 78) return badMessage(random)
  return kind < 96 ? badFrame(random) : half(random)
}

const badMessage = (random: SeededRandom): HostileFrame => {
  const name = random.pick(Object.keys(badTexts) as (keyof typeof badTexts)[])
  const text = badTexts[name](random)
  const isSplit = random.below(4) < 1 && text.length > 3
  const cut = Math.floor(random.below(text.length))
  const [start, end] = [Buffer.from(text).subarray(0, cut), Buffer.from(text).subarray(cut)]
  if (name === 'binary') return { name, bytes: rawFrame(text, { opcode: 2 }), earns: 'error' }
  if (!isSplit) return { name, bytes: rawFrame(text), earns: 'error' }
  const parts = [
    rawFrame(start, { isLast: false }),
    // A ping may stand between the parts of a message.
    rawFrame('', { opcode: 9 }),
    rawFrame('', { opcode: 0, isLast: false }),
    rawFrame(end, { opcode: 0 }),
  ]
  return { name: `${name}, in fragments`, bytes: Buffer.concat(parts), earns: 'error' }
}

const wrongValues = [
  'null',
  '1e999',
  '-1',
  '1.5',
  '9007199254740993',
  '""',
  '[]',
  '{}',
  '"\\ud800"',
  'true',
  '[[]]',
  '[{}]',
]

const badTexts = {
  nothing: () => '',
  'no JSON': (random) =>
    random.pick(['{', '}', 'x', '{"type":', '"ping', 'NaN', "{'type':'ping'}", '\u0000', '\ufeff{}']),
  'random text': (random) =>
    Array.from({ length: 1 + random.below(200) }, () => String.fromCharCode(33 + random.below(90))).join(''),
  'other JSON': (random) =>
    random.pick(['null', '1', '"ping"', '[]', '[{"type":"ping"}]', 'true', '{}', '1e999']),
  'unknown type': (random) =>
    `{"type":${random.pick(['"fly"', '"__proto__"', '"constructor"', '"toString"', '"PING"', '7', 'null', '{}', '["ping"]'])}}`,
  'keys of prototypes': (random) =>
    random.pick([
      '{"__proto__":{"type":"ping"}}',
      '{"constructor":{"prototype":{"type":"ping"}}}',
      '{"type":"subscribe","tasks":{"__proto__":[]}}',
      '{"type":"subscribe","types":["__proto__"],"__proto__":{"after":0}}',
    ]),
  'a wrong cursor': (random) =>
    `{"type":"subscribe","after":${random.pick(wrongValues)}}`.replace('""', '"0"'),
  'wrong fields': (random) =>
    `{"type":"subscribe","${random.pick(['types', 'hide'])}":${random.pick(['1', '"status"', '{}', '[1]', '["x"]', '[null]', 'null'])}}`,
  'no such task': (random) =>
    `{"type":"subscribe","tasks":["${random.pick(['999999', '0', '-1', 'zzzz', '\\ud800', '../../etc', '0198'])}x"]}`,
  'a list that is too long': () => `{"type":"subscribe","types":[${'"x",'.repeat(10_001)}"x"]}`,
  'a long text': (random) => `{"type":"${'y'.repeat(random.below(100_000))}"}`,
  'a task to cancel that is not there': (random) =>
    `{"type":"cancel","task_id":${random.pick(['"424242"', '424242', '{}', 'null', '"\\udfff"', '1.5', '""'])}}`,
  'an approval that is not there': () => '{"type":"approve","approval_id":"\\ud800"}',
  'deep nesting': (random) => {
    const depth = 101 + Math.floor(random.below(5000))
    return `{"type":"message","message":"x","metadata":${'['.repeat(depth)}${']'.repeat(depth)}}`
  },
  'an unknown agent': () => '{"message":"hi","agent_type":"oracle"}',
  'a wrong hello': (random) =>
    `{"type":"hello","user_id":${random.pick(['7', '""', '{}', `"${'u'.repeat(201)}"`])}}`,
  binary: () => '{"type":"ping"}',
} as const satisfies Record<string, (random: SeededRandom) => string>

const badFrame = (random: SeededRandom): HostileFrame =>
  random.pick<HostileFrame>([
    { name: 'not masked', bytes: rawFrame('{"type":"ping"}', { isMasked: false }), earns: 1002 },
    { name: 'compressed', bytes: rawFrame('{"type":"ping"}', { reserved: 0x40 }), earns: 1002 },
    {
      name: 'reserved bits',
      bytes: rawFrame('x', { reserved: random.pick([0x10, 0x20, 0x30]) }),
      earns: 1002,
    },
    {
      name: 'an unknown opcode',
      bytes: rawFrame('x', { opcode: random.pick([3, 5, 7, 11, 15]) }),
      earns: 1002,
    },
    { name: 'a ping in parts', bytes: rawFrame('x', { opcode: 9, isLast: false }), earns: 1002 },
    { name: 'a long ping', bytes: rawFrame('x'.repeat(126), { opcode: 9 }), earns: 1002 },
    { name: 'the end of nothing', bytes: rawFrame('x', { opcode: 0 }), earns: 1002 },
    {
      name: 'a message in a message',
      bytes: Buffer.concat([rawFrame('{', { isLast: false }), rawFrame('{}')]),
      earns: 1002,
    },
    { name: 'no UTF-8', bytes: rawFrame(Buffer.from([0x22, 0xff, 0xfe, 0x22])), earns: 1007 },
    { name: 'half a character', bytes: rawFrame(Buffer.from([0xe2, 0x82])), earns: 1007 },
    { name: 'a surrogate in UTF-8', bytes: rawFrame(Buffer.from([0xed, 0xa0, 0x80])), earns: 1007 },
    { name: 'a close of one byte', bytes: rawFrame('x', { opcode: 8 }), earns: 1002 },
    {
      name: 'a close with no such code',
      bytes: rawFrame(Buffer.from([0x03, 0xe7]), { opcode: 8 }),
      earns: 1002,
    },
    {
      name: 'a close that is no UTF-8',
      bytes: rawFrame(Buffer.from([3, 232, 0xff]), { opcode: 8 }),
      earns: 1007,
    },
    { name: 'a claim of 2 MiB', bytes: rawFrame('x', { claims: 2n ** 21n }), earns: 1009 },
    { name: 'a claim of 2^63 bytes', bytes: rawFrame('x', { claims: 2n ** 63n }), earns: 1009 },
    { name: 'a claim of 2^53 bytes', bytes: rawFrame('x', { claims: 2n ** 53n }), earns: 1009 },
    {
      name: 'parts of more than 1 MiB',
      bytes: Buffer.concat([
        rawFrame('x', { isLast: false }),
        rawFrame('x', { opcode: 0, claims: 2n ** 20n }),
      ]),
      earns: 1009,
    },
    { name: 'a request', bytes: Buffer.from('GET / HTTP/1.1\r\n\r\n'), earns: 1002 },
  ])

/** Cut off somewhere, and then nothing more. */
const half = (random: SeededRandom): HostileFrame => {
  const whole = rawFrame('{"type":"subscribe","after":0}')
  const bytes = whole.subarray(0, 1 + random.below(whole.length - 1))
  return { name: 'half a frame', bytes, earns: 'nothing' }
}
