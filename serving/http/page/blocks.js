/** The article as blocks: paragraphs with their sentences, headings, captions, list items. */

/** @import { Scored } from "./scored.js" */

/**
 * @typedef {{sentence: number} | {from: number, to: number, kind: string}} Piece  A sentence by its
 *   index, or a span within a paragraph that was left out.
 *
 * @typedef {object} Block
 * @property {string} kind  `content`, or why the block was left out.
 * @property {string} sign  The sign of a list item, else "".
 * @property {boolean} continued  Whether it goes on with the paragraph before it.
 * @property {Piece[]} pieces
 */

const INLINE = new Set(["footnote", "symbols"]);
const WRAPPED = { shortest: 45, longest: 120 }; // columns at which mail and old web pages wrap
const MOST_PIECES = 40; // of a block, so that no single one is slow to lay out

/**
 * Return the blocks of an article in order. Together they hold every sentence and every span that
 * was left out, once.
 *
 * @param {Scored} scored
 * @returns {Block[]}
 */
export function blocksOf(scored) {
  const spans = [
    ...scored.sentences.map(({ from, to }, sentence) => ({ from, to, kind: "content", sentence })),
    ...scored.leftOut.map((span) => ({ ...span, sentence: -1 })),
  ].sort((a, b) => a.from - b.from);
  /** @type {Block[]} */
  const blocks = [];
  let end = 0;
  for (const { from, to, kind, sentence } of spans) {
    const own = kind !== "content" && !INLINE.has(kind);
    const before = blocks.at(-1);
    const gap = scored.text.slice(end, from);
    const goesOn = before?.kind === "content" && !own && !breaks(scored.text, end, gap);
    const block = goesOn
      ? before
      : { kind: own ? kind : "content", sign: "", continued: false, pieces: [] };
    if (!goesOn) {
      block.sign = own ? "" : gap.replace(/[#\s]+/g, " ").trim();
      blocks.push(block);
    }
    block.pieces.push(sentence < 0 ? { from, to, kind } : { sentence });
    end = to;
  }
  return blocks.flatMap(split);
}

/**
 * Whether a paragraph ends in the white space between two sentences.
 *
 * @param {string} text
 * @param {number} at  Where the white space begins.
 * @param {string} gap
 * @returns {boolean}
 */
function breaks(text, at, gap) {
  const lines = gap.match(/\r\n|[\n\r\v\f\x85\u2028\u2029]/g)?.length ?? 0;
  if (lines !== 1) return lines > 1;
  if (gap.trim()) return true; // the sign of a list item
  const line = at - text.lastIndexOf("\n", at - 1) - 1;
  return line < WRAPPED.shortest || line > WRAPPED.longest;
}

/**
 * @param {Block} block
 * @returns {Block[]}
 */
function split(block) {
  if (block.pieces.length <= MOST_PIECES) return [block];
  const parts = [];
  for (let at = 0; at < block.pieces.length; at += MOST_PIECES) {
    const pieces = block.pieces.slice(at, at + MOST_PIECES);
    parts.push({ ...block, pieces, sign: at ? "" : block.sign, continued: at > 0 });
  }
  return parts;
}
