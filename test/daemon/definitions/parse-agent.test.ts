import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAgent, type Definition } from '../../../src/daemon/definitions/parse-agent.ts'
import { modelName } from '../../../src/daemon/model-source.ts'

const file = '/agents/reviewer.md'
const checks = { model: modelName, toolNames: ['read_file', 'search_files', 'run_command', 'delegate'] }
const parse = (text: string, name = file): Definition =>
  parseAgent(text, { file: name, source: 'home' }, checks)
/** A file with this frontmatter, whose first line is the file's second. */
const withFields = (...lines: string[]): string => ['---', ...lines, '---', 'Review.'].join('\n')
const problemsOf = (text: string): string[] =>
  parse(text).problems.map(({ line, message }) => `${line}: ${message}`)

describe("an agent's file", () => {
  it('says all that an agent is', () => {
    const text = withFields(
      'name: critic',
      'description: Reviews changes',
      'model: claude-sonnet-4-5',
      'temperature: 0.2',
      'tools: [read_file, "mcp__files__*"]',
      'disallowedTools: run_command',
      'delegates: [liaison/insights, "*"]',
      'permissions: read-only',
      'limits: { max_steps: 10, max_tokens: null, max_cost_usd: 0.5, timeout_s: 60 }',
      'pillars:',
      '  code: what it does',
      '  prose:',
    )
    expect(parse(text)).toEqual({
      file,
      name: 'critic',
      problems: [],
      agent: {
        name: 'critic',
        description: 'Reviews changes',
        model: 'claude-sonnet-4-5',
        temperature: 0.2,
        tools: { allow: ['read_file', 'mcp__files__*'], deny: ['run_command'] },
        delegates: ['liaison/insights', '*'],
        permissions: 'read-only',
        limits: { max_steps: 10, max_tokens: null, max_cost_usd: 0.5, timeout_s: 60 },
        pillars: ['code', 'prose'],
        pillar_descriptions: { code: 'what it does' },
        instructions: 'Review.',
        source: 'home',
        file,
      },
    })
  })

  it('with thousands of mistakes names the first ones, and is not read for seconds', () => {
    const keys = (count: number): string[] => Array.from({ length: count }, (_, index) => `k${index}: 1`)
    const problems = problemsOf(withFields(...keys(500)))
    expect(problems).toHaveLength(11)
    expect(problems.at(-1)).toBe('null: and 490 more that is wrong')
    expect(problemsOf(withFields(...keys(12_000)))).toEqual([
      '1: expected a frontmatter of at most 16384 characters, found 108889',
    ])
  })

  it('needs no frontmatter: it is named by its file, and may do what any agent may', () => {
    const { name, agent } = parse('# Reviewer\n\nReview.\n---\nAnd sign.\n')
    expect(name).toBe('reviewer')
    expect(agent).toMatchObject({
      instructions: '# Reviewer\n\nReview.\n---\nAnd sign.',
      tools: { allow: null, deny: [] },
      permissions: 'workspace',
      delegates: [],
    })
  })

  it.each([
    [
      'a list',
      ['tools:', '  - read_file', '  - search_files'],
      { allow: ['read_file', 'search_files'], deny: [] },
    ],
    [
      'a line with commas',
      ['tools: read_file, search_files,'],
      { allow: ['read_file', 'search_files'], deny: [] },
    ],
    [
      'both sides',
      ['tools: { allow: read_*, deny: [run_command] }'],
      { allow: ['read_*'], deny: ['run_command'] },
    ],
    ['what it must not use', ['disallowedTools: [run_command]'], { allow: null, deny: ['run_command'] }],
    ['nothing at all', ['tools: []'], { allow: [], deny: [] }],
  ])('names its tools as %s', (_, lines, tools) => {
    expect(parse(withFields(...lines)).agent?.tools).toEqual(tools)
  })

  it('is the same with the line ends of Windows, and with more --- in its text', () => {
    const text = '---\r\ndescription: Reviews\r\n---\r\nOne.\r\n---\r\nTwo.\r\n'
    expect(parse(text).agent).toMatchObject({ description: 'Reviews', instructions: 'One.\n---\nTwo.' })
  })

  it('keeps of a built-in agent of its name what it does not say itself', () => {
    const { agent } = parse(withFields('model: gpt-5'), '/agents/liaison.md')
    expect(agent).toMatchObject({
      model: 'gpt-5',
      instructions: 'Review.',
      pillars: ['content', 'insights', 'operations', 'business_outcomes'],
    })
    const kept = parse('---\nmodel: gpt-5\n---\n', '/agents/guide.md').agent
    expect(kept?.instructions).toContain('You are the guide')
    expect(kept?.delegates).toEqual(['liaison'])
    expect(parse(withFields('pillars: [food]'), '/agents/liaison.md').agent?.pillars).toEqual(['food'])
  })

  it('may leave the model to Sparky in the words of other programs', () => {
    expect(parse(withFields('model: inherit')).agent?.model).toBeNull()
  })
})

describe("what is wrong in an agent's file is named with its line:", () => {
  it.each([
    [
      'an unknown key',
      ['colour: red'],
      '2: expected one of name, description, model, temperature, tools, disallowedTools, delegates, permissions, limits, pillars, found "colour"',
    ],
    ['a wrong type', ['description: [a]'], '2: expected description to be text, found a list'],
    ['a temperature', ['', 'temperature: 3'], '3: expected temperature to be a number of at most 2, found 3'],
    ['a temperature in words', ['temperature: hot'], '2: expected temperature to be a number, found "hot"'],
    ['no number', ['temperature: .nan'], '2: expected temperature to be a number, found null'],
    [
      'a limit',
      ['limits:', '  max_steps: 5', '  max_tokens: 0.5'],
      '4: expected limits.max_tokens to be a whole number, found 0.5',
    ],
    [
      'an unknown limit',
      ['limits:', '  steps: 5'],
      '3: expected no field of the frontmatter that is not known, found "limits.steps"',
    ],
    [
      'a permission',
      ['permissions: all'],
      '2: expected permissions to be an object or one of read-only, workspace, found "all"',
    ],
    [
      'full rights',
      ['permissions: full'],
      '2: permissions can be read-only or workspace, found "full": that is not there yet',
    ],
    [
      'full rights as a mode',
      ['permissions:', '  mode: full'],
      '3: permissions can be read-only or workspace, found "full": that is not there yet',
    ],
    [
      'a tool of another program',
      ['tools:', '  - read_file', '  - Bash'],
      '4: no tool "Bash": here it is called run_command',
    ],
    [
      'a tool that there is not',
      ['tools: read_file, sing'],
      '2: no tool "sing"; "sparky tools list" shows what there is',
    ],
    [
      'a rule in place of a tool',
      ['disallowedTools: ["Bash(git *)"]'],
      '2: expected disallowedTools[0] to be the name of a tool, or a pattern of names such as mcp__files__*, found "Bash(git *)"',
    ],
    ['a model', ['model: sonnet'], '2: expected a model as provider/model'],
    [
      'a delegate',
      ['delegates: [a/b/c]'],
      '2: expected delegates[0] to be the name of an agent, or NAME/PILLAR, or "*" for any, found "a/b/c"',
    ],
    [
      'a name',
      ['name: a/b'],
      '2: expected name to be a name of letters, digits, ".", "_" and "-", at most 64, found "a/b"',
    ],
    ['tabs', ['limits:', '\tmax_steps: 5'], '3: expected YAML: Tabs are not allowed as indentation'],
    ['a key twice', ['model: gpt-5', 'model: gpt-5'], '3: expected YAML: Map keys must be unique'],
    [
      'a tag',
      ['description: !!js/function "x"'],
      '2: expected YAML: Unresolved tag: tag:yaml.org,2002:js/function',
    ],
    ['no mapping', ['- a'], '2: expected the frontmatter to be an object, found a list'],
    ['a key that would be inherited', ['__proto__: { name: x }'], 'pillars, found "__proto__"'],
  ])('%s', (_, lines, problem) => {
    const definition = parse(withFields(...lines))
    expect(definition.agent).toBeNull()
    expect(problemsOf(withFields(...lines))).toEqual([expect.stringContaining(problem)])
  })

  it('all of it, not only the first, from top to bottom', () => {
    const lines = [
      'temperature: 9',
      'colour: red',
      'size: 3',
      'model: sonnet',
      'tools: Read, read_file',
      'limits:',
    ]
    expect(problemsOf(withFields(...lines, '  max_steps: none'))).toEqual([
      expect.stringMatching(/^2: .*temperature/),
      expect.stringMatching(/^3: .*colour/),
      expect.stringMatching(/^4: .*size/),
      expect.stringMatching(/^5: .*"sonnet"/),
      expect.stringMatching(/^6: .*"Read"/),
      expect.stringMatching(/^8: .*max_steps/),
    ])
  })

  it('frontmatter without an end, and a file without anything', () => {
    expect(problemsOf('---\nname: x\n')).toEqual([
      '1: expected a second line of --- that ends the frontmatter, found none',
    ])
    expect(problemsOf('\n \n')).toEqual(['1: expected frontmatter or instructions, found nothing'])
    expect(problemsOf('---\n---\n')).toEqual(['1: expected frontmatter or instructions, found nothing'])
  })

  it.each([
    [
      'aliases that would grow without end',
      [
        'a: &a [x, x, x, x, x, x, x, x, x]',
        ...['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map(
          (name, i) => `${name}: &${name} [${`*${'abcdefgh'[i]},`.repeat(9)}]`,
        ),
      ],
    ],
    ['depth', [`tools: ${'['.repeat(20_000)}`]],
  ])('%s: it is refused, and soon', (_, lines) => {
    const began = performance.now()
    expect(parse(withFields(...lines)).problems.length).toBeGreaterThan(0)
    expect(performance.now() - began).toBeLessThan(2000)
  })

  it('and the agent that it would define is known by its name, as far as that can be told', () => {
    expect(parse(withFields('name: liaison', 'temperature: 9')).name).toBe('liaison')
    expect(parse(withFields('name: liaison', 'tools: [a')).name).toBe('liaison')
    expect(parse(withFields('tools: [a')).name).toBe('reviewer')
    expect(parse(withFields('name: 42')).name).toBeNull()
    expect(parse('Hello', '/agents/a b.md')).toMatchObject({ name: null, problems: [{ line: 1 }] })
  })

  it('whatever stands in it: nothing that a file says makes the reading of it fail', () => {
    const scraps = [
      '---\n',
      'tools:',
      'limits: ',
      '&a',
      '*a',
      '!!map',
      '{',
      '[',
      '- ',
      '\t',
      '? ',
      '|\n',
      '"',
      '<<: ',
      '%',
      '\r\n',
      'pillars: ',
      'name: ',
    ]
    const text = fc.array(fc.oneof(fc.constantFrom(...scraps), fc.string({ unit: 'binary' })), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(text, (parts) => {
        const { agent, problems } = parse(`---\n${parts.join('')}`)
        expect(agent === null).toBe(problems.length > 0)
        for (const { line } of problems) expect(line).toBeGreaterThan(0)
      }),
      { numRuns: 500 },
    )
  })
})
