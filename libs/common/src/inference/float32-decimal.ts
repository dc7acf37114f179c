const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * The double with the fewest decimal digits that rounds to the given float32: 0.1 for 0.10000000149011612. JSON numbers made of it are half
 * as long and still exact. Values below 1e-14, which need more than 22 places, are returned as they are.
 */
export function shortestFloat32(value: number): number {
  const magnitude = Math.abs(value);
  if (Number.isInteger(value)) return value;
  const digitsBeforePoint = Math.floor(Math.log10(magnitude)) + 1;
  // Nine digits tell any two float32 apart; integers below 2^53 over powers up to 10^22 divide with a single rounding.
  for (let digits = 6; digits <= 9; digits++) {
    const power = POWERS_OF_TEN[digits - digitsBeforePoint];
    if (power === undefined) break;
    const decimal = Math.round(magnitude * power) / power;
    if (Math.fround(decimal) === magnitude) return value < 0 ? -decimal : decimal;
  }
  return value;
}
