import { budgetReached, unpricedMessage, type Budget } from './budget.ts'
import type { Ledger } from './ledger.ts'

/** What the configuration allows. */
export interface BudgetSettings {
  /** For all tasks together; null where there is none. */
  readonly budget: Budget | null
  readonly groupBudgets: Readonly<Record<string, Budget>>
}

/** A budget is used up; `until` (ISO 8601, UTC) is when the next day begins. */
export interface OverBudget {
  readonly message: string
  readonly until: string
}

/** Why no further model call may be made: it has to wait, or it cannot be counted at all. */
export type BudgetStop =
  | ({ readonly kind: 'over' } & OverBudget)
  | { readonly kind: 'unpriced'; readonly message: string }

interface BudgetsOptions {
  readonly ledger: Pick<Ledger, 'used' | 'day' | 'ready'>
  /** Asked anew each time, so that a changed configuration counts at once. */
  readonly settings: () => BudgetSettings
}

/** What may be used in a day, and whether it has been. */
export class Budgets {
  readonly #ledger: BudgetsOptions['ledger']
  readonly #settings: () => BudgetSettings

  constructor({ ledger, settings }: BudgetsOptions) {
    this.#ledger = ledger
    this.#settings = settings
  }

  /** Resolves when all that was used today is known, where a budget depends on it. */
  async ready(): Promise<void> {
    if (this.#areSet) await this.#ledger.ready
  }

  /** The budget of all tasks (null), or the own one of a group; null where there is none, or something is left of it. */
  over(group: string | null): OverBudget | null {
    const budget = this.#budgetOf(group)
    if (budget === null) return null
    const message = budgetReached(budget, this.#ledger.used(group), group)
    return message === null ? null : { message, until: this.#nextDay.toISOString() }
  }

  /** Why a task of this group may not make a model call now; null where it may. */
  async stopFor(group: string, isPriceKnown: boolean): Promise<BudgetStop | null> {
    if (!this.#areSet) return null
    await this.#ledger.ready
    for (const whose of [null, group]) {
      const budget = this.#budgetOf(whose)
      const unpriced = budget === null || isPriceKnown ? null : unpricedMessage(budget, whose)
      if (unpriced !== null) return { kind: 'unpriced', message: unpriced }
    }
    const over = this.over(null) ?? this.over(group)
    return over === null ? null : { kind: 'over', ...over }
  }

  /** When what is used up is given again; null where no budget is set. */
  get reset(): Date | null {
    return this.#areSet ? this.#nextDay : null
  }

  get #nextDay(): Date {
    return new Date(this.#ledger.day.endMs)
  }

  get #areSet(): boolean {
    const { budget, groupBudgets } = this.#settings()
    return budget !== null || Object.keys(groupBudgets).length > 0
  }

  #budgetOf(group: string | null): Budget | null {
    const { budget, groupBudgets } = this.#settings()
    if (group === null) return budget
    return Object.hasOwn(groupBudgets, group) ? (groupBudgets[group] ?? null) : null
  }
}
