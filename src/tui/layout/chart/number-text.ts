/** A number to be read beside its bar: "1,234.5", "0.00012", "1.2e+18". About five digits behind the comma at most. */
export const numberText = (value: number): string => {
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e15 || size < 1e-6)) return exponential(value)
  const decimals = size >= 1 ? 4 : 6
  return Number(value.toFixed(decimals)).toLocaleString('en-US', { maximumFractionDigits: decimals })
}

/** A number as it was given, without what binary fractions leave behind. */
export const exactText = (value: number): string => {
  const short = Number(value.toPrecision(15))
  return String(Number.isFinite(short) ? short : value)
}

/** The numbers of one axis, in one unit and with as many decimals as tell them apart: "0", "2.5k", "5.0k". */
export const axisTexts = (ticks: readonly number[]): readonly string[] => {
  const largest = Math.max(0, ...ticks.map(Math.abs))
  const step = Math.abs((ticks[1] ?? 0) - (ticks[0] ?? 0))
  if (largest >= 1e15 || (largest !== 0 && largest < 1e-4)) return ticks.map(exponential)
  const [unit, sign] = units.find(([size]) => largest >= size * 10 || (size === 1e6 && largest >= size)) ?? [
    1,
    '',
  ]
  const decimals = decimalsOf(step / unit)
  return ticks.map((tick) => (tick === 0 ? '0' : `${(tick / unit).toFixed(decimals)}${sign}`))
}

const units: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
]

const mostDecimals = 9

const decimalsOf = (step: number): number => {
  for (let decimals = 0; decimals < mostDecimals; decimals++) {
    if (Math.abs(Number(step.toFixed(decimals)) - step) <= step * 1e-6) return decimals
  }
  return mostDecimals
}

const exponential = (value: number): string =>
  value === 0 ? '0' : value.toExponential(2).replace(/\.?0+e/, 'e')
