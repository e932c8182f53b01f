import { Counter, Gauge, Registry } from 'prom-client'
import type { Metric } from './metrics.ts'

/** Metrics as Prometheus reads them, and under which content type. Loads prom-client: import it lazily. */
export const metricsText = async (
  metrics: readonly Metric[],
): Promise<{ readonly text: string; readonly contentType: string }> => {
  // A registry of its own each time: nothing is left behind that would have to be kept up to date.
  const registry = new Registry()
  for (const metric of metrics) enter(metric, registry)
  return { text: await registry.metrics(), contentType: registry.contentType }
}

const enter = ({ name, help, type, value }: Metric, registry: Registry): void => {
  const registers = [registry]
  const { label, values } =
    typeof value === 'number' ? { label: undefined, values: [['', value]] as const } : value
  const options = { name, help, registers, labelNames: label === undefined ? [] : [label] }
  const collector = type === 'counter' ? new Counter(options) : new Gauge(options)
  for (const [of, count] of values) {
    if (label === undefined) collector.inc(count)
    else collector.inc({ [label]: of }, count)
  }
}
