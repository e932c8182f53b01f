import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { Agents } from '../../../src/daemon/definitions/agents.ts'
import { Trust } from '../../../src/daemon/projects/trust.ts'
import { SparkyError, toFailure, type Failure } from '../../../src/protocol/failure.ts'
import { tempHome } from '../../support/temp-home.ts'

const openAgents = () => {
  const home = realpathSync(tempHome())
  const root = realpathSync(tempHome())
  const trust = new Trust(home)
  const folder = path.join(home, 'agents')
  const project = path.join(root, '.sparky', 'agents')
  for (const place of [folder, project]) mkdirSync(place, { recursive: true })
  const checks = { model: (name: string) => name, toolNames: ['read_file', 'run_command'] }
  const agents = new Agents({ home, folder, trust, checks })
  const failure = (act: () => unknown): Failure => {
    try {
      act()
    } catch (error) {
      expect(error).toBeInstanceOf(SparkyError)
      return toFailure(error)
    }
    throw new Error('expected a failure, found none')
  }
  return {
    home,
    root,
    trust,
    agents,
    failure,
    believe: () => trust.grant({ root }, new Map(), new Date()),
    inHome: (name: string, text: string) => writeFileSync(path.join(folder, name), text),
    inProject: (name: string, text: string) => writeFileSync(path.join(project, name), text),
    names: (cwd?: string) => agents.list(cwd).agents.map(({ name }) => name),
  }
}

describe('agents', () => {
  it('are those that come with Sparky where nobody has written one', () => {
    const { agents, root } = openAgents()
    rmSync(path.join(root, '.sparky'), { recursive: true })
    const { agents: all, problems } = agents.list(root)
    expect(problems).toEqual([])
    expect(all.map(({ name, source, delegates, pillars }) => ({ name, source, delegates, pillars }))).toEqual(
      [
        { name: 'default', source: 'built-in', delegates: ['*'], pillars: [] },
        { name: 'guide', source: 'built-in', delegates: ['liaison'], pillars: [] },
        {
          name: 'liaison',
          source: 'built-in',
          delegates: [],
          pillars: ['content', 'insights', 'operations', 'business_outcomes'],
        },
      ],
    )
  })

  it('of the project come before those of the user, and these before those that come with Sparky', async () => {
    const { agents, inHome, inProject, believe, root, names } = openAgents()
    inHome('guide.md', 'of the user')
    inHome('own.md', 'of the user')
    inProject('guide.md', 'of the project')
    await believe()
    expect(agents.show('guide', root)).toMatchObject({ instructions: 'of the project', source: 'project' })
    expect(agents.show('guide')).toMatchObject({ instructions: 'of the user', source: 'home' })
    expect(names(root)).toEqual(['default', 'guide', 'liaison', 'own'])
  })

  it('of a project that is not trusted do not count, and that is said', async () => {
    const { agents, inProject, trust, believe, root, failure, names } = openAgents()
    inProject('deployer.md', 'Deploy.')
    expect(names(root)).not.toContain('deployer')
    const about = `this project's agents are not loaded: "sparky trust" there shows and loads them`
    expect(agents.list(root).problems).toEqual([{ file: root, line: null, message: about }])
    expect(failure(() => agents.show('deployer', root))).toEqual({
      code: 'not_found',
      message: 'no agent "deployer"',
      hint: `There is default, guide, liaison. ${root}: ${about}.`,
    })
    await believe()
    expect(agents.show('deployer', root).instructions).toBe('Deploy.')
    await trust.revoke(root)
    expect(names(root)).not.toContain('deployer')
  })

  it('are as their files are at each moment: written, changed, and removed', () => {
    const { agents, home, inHome, names } = openAgents()
    for (const temperature of [0.1, 0.2, 0.3]) {
      inHome('own.md', `---\ntemperature: ${temperature}\n---\nWork.`)
      expect(agents.show('own').temperature).toBe(temperature)
    }
    rmSync(path.join(home, 'agents', 'own.md'))
    expect(names()).not.toContain('own')
    rmSync(path.join(home, 'agents'), { recursive: true })
    expect(names()).toEqual(['default', 'guide', 'liaison'])
  })

  it('that are broken are refused with file and line, and nothing of the same name stands in for them', async () => {
    const { agents, home, root, inHome, inProject, believe, failure } = openAgents()
    inHome('default.md', '---\ntemperature: 9\n---\n')
    const file = path.join(home, 'agents', 'default.md')
    const expected = {
      code: 'usage',
      message: `agent "default" cannot be used: ${file}:2: expected temperature to be a number of at most 2, found 9`,
    }
    expect(failure(() => agents.show('default'))).toMatchObject(expected)
    expect(failure(() => agents.choose({ agent: undefined, pillar: undefined, cwd: root }))).toMatchObject(
      expected,
    )
    expect(agents.list().problems).toEqual([
      { file, line: 2, message: 'expected temperature to be a number of at most 2, found 9' },
    ])
    expect(agents.names().map(({ name }) => name)).toEqual(['default', 'guide', 'liaison'])
    inHome('helper.md', 'of the user')
    inProject('helper.md', '---\nname: helper\nwrong: 1\n---\n')
    await believe()
    expect(failure(() => agents.show('helper', root)).code).toBe('usage')
    expect(agents.show('helper').instructions).toBe('of the user')
  })

  it('that two files of a folder define are refused, naming both', () => {
    const { agents, inHome, failure } = openAgents()
    inHome('a.md', '---\nname: twin\n---\nA')
    inHome('b.md', '---\nname: twin\n---\nB')
    expect(failure(() => agents.show('twin')).message).toMatch(
      /b\.md: a second agent "twin": a\.md defines one, too/,
    )
  })

  it('are not read from where a link leads out of the project, but from wherever the user links to', async () => {
    const { agents, home, root, believe, failure, names } = openAgents()
    const elsewhere = tempHome()
    writeFileSync(path.join(elsewhere, 'spy.md'), 'Spy.')
    symlinkSync(path.join(elsewhere, 'spy.md'), path.join(root, '.sparky', 'agents', 'spy.md'))
    await believe()
    expect(failure(() => agents.show('spy', root)).message).toContain(`a symbolic link leads out of ${root}`)
    symlinkSync(path.join(elsewhere, 'spy.md'), path.join(home, 'agents', 'own.md'))
    expect(agents.show('own').instructions).toBe('Spy.')
    rmSync(path.join(root, '.sparky', 'agents'), { recursive: true })
    symlinkSync(elsewhere, path.join(root, '.sparky', 'agents'))
    expect(names(root)).not.toContain('spy')
    expect(agents.list(root).problems).toMatchObject([{ message: expect.stringContaining('leads out of') }])
  })

  it('are bounded in size and number, and what is left out is said', () => {
    const { agents, home, inHome } = openAgents()
    inHome('0large.md', 'x'.repeat(200_000))
    writeFileSync(path.join(home, 'agents', '0binary.md'), Buffer.from([0xff, 0xfe]))
    for (let number = 0; number < 200; number++) inHome(`agent-${number}.md`, 'Work.')
    const { agents: all, problems } = agents.list()
    expect(all).toHaveLength(3 + 198)
    expect(problems.map(({ message }) => message)).toEqual([
      'expected UTF-8, found something else',
      'expected at most 131072 bytes, found 200000',
      expect.stringMatching(
        /^expected at most 200 agents, found 202: those after agent-97\.md are not read$/,
      ),
    ])
  })
})

describe('the agent of a task', () => {
  it('brings its model and its limits', () => {
    const { agents, inHome, root } = openAgents()
    inHome('own.md', '---\nmodel: gpt-5\nlimits: { max_steps: 3, timeout_s: null }\n---\n')
    expect(agents.choose({ agent: 'own', pillar: undefined, cwd: root })).toEqual({
      name: 'own',
      pillar: null,
      model: 'gpt-5',
      limits: { max_steps: 3, timeout_s: null },
    })
  })

  it.each([
    ['liaison/insights', undefined],
    ['liaison', 'insights'],
    ['liaison/content', 'insights'],
  ])('has the pillar that %s and %s name', (agent, pillar) => {
    const { agents, root } = openAgents()
    expect(agents.choose({ agent, pillar, cwd: root })).toMatchObject({ name: 'liaison', pillar: 'insights' })
  })

  it.each([
    ['liaison', undefined, 'pillar is required for liaison agent'],
    ['liaison/', undefined, 'pillar is required for liaison agent'],
    ['liaison', 'sales', 'Unknown pillar: sales'],
    ['guide', 'sales', 'Unknown pillar: sales'],
  ])('is refused where %s and %s do not go together', (agent, pillar, message) => {
    const { agents, root, failure } = openAgents()
    expect(failure(() => agents.choose({ agent, pillar, cwd: root }))).toMatchObject({
      code: 'usage',
      message,
    })
  })

  it('has instructions for its pillar', () => {
    const { agents, inHome, root } = openAgents()
    const of = (agent: string, pillar: string): string =>
      agents.of({ agent, cwd: root, request_payload: { prompt: '', pillar } }).instructions
    expect(of('liaison', 'insights')).toMatch(/^You are the liaison for insights: what the data says/)
    expect(agents.show('liaison/insights').instructions).toBe(of('liaison', 'insights'))
    inHome('cook.md', '---\npillars: { sweet: cakes, salty: }\n---\nCook {{ pillar }} things, {{pillar}}!')
    expect(of('cook', 'salty')).toBe('Cook salty things, salty!')
    inHome('cook.md', '---\npillars: { sweet: cakes, salty: }\n---\nCook.')
    expect(of('cook', 'sweet')).toBe('Cook.\n\nYour pillar is sweet: cakes.')
  })
})
