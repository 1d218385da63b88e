/**
 * Places in a text: the server counts Unicode code points, JavaScript UTF-16 units, and the two
 * differ behind every emoji and every rare Chinese character.
 */

const PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;

/**
 * Return what turns an offset in code points of `text` into one in UTF-16 units.
 *
 * @param {string} text
 * @returns {(codePoints: number) => number}
 */
export function toUnits(text) {
  /** @type {number[]} */
  const pairs = []; // where each pair stands, in code points, in order
  for (const match of text.matchAll(PAIR)) pairs.push(match.index - pairs.length);
  if (!pairs.length) return (codePoints) => codePoints;
  return (codePoints) => codePoints + countBefore(pairs, codePoints);
}

/**
 * @param {number[]} sorted
 * @param {number} limit
 * @returns {number}  How many of `sorted` are below `limit`.
 */
function countBefore(sorted, limit) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
