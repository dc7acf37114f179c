/**
 * Full-width punctuation in Latin text. The recogniser reads Chinese too and at times takes the comma of "in, out" for its full-width twin;
 * in a line without any East Asian character that is never meant.
 */

const EAST_ASIAN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u;
/** The full-width twins of "!" to "~" lie this far behind them. */
const DISTANCE = 0xfee0;

/** @param {string} line @returns {string} */
export function narrowLatin(line) {
  if (EAST_ASIAN.test(line)) return line;
  return line.replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - DISTANCE));
}
