/** The stage of pipelines/digits.yaml that is not a model. */

/** Highest level of a pixel in the UCI set: the ink counted in a block of 4 x 4. */
const FULL = 16;

/** pixels FP32 [n, 64], 0..16 -> x FP32 [n, 64], 0..1 */
export function scale({ pixels }, context) {
  const wrong = pixels.data.findIndex((level) => !(level >= 0 && level <= FULL));
  if (wrong >= 0) {
    const [row, column] = [Math.floor(wrong / 64), wrong % 64];
    context.reject('PIXEL_OUT_OF_RANGE', `Input "pixels", row ${row}, column ${column}: expected 0 to ${FULL}, got ${pixels.data[wrong]}.`);
  }
  return { x: { datatype: 'FP32', shape: pixels.shape, data: pixels.data.map((level) => level / FULL) } };
}
