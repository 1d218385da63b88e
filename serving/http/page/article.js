/** The article as elements: made slice by slice, so that a long one never blocks the page. */

import { blocksOf } from "./blocks.js";
import { el, styled } from "./dom.js";

/** @import { Block, Piece } from "./blocks.js" */
/** @import { Scored } from "./scored.js" */

const SLICE = 120; // sentences that are made in one go
const LETTERS_A_LINE = 68;
const LINE_REM = 1.95;

/**
 * @typedef {object} Laid
 * @property {HTMLElement} root
 * @property {HTMLElement[]} sentences  By index; grows while the article is made.
 * @property {{node: HTMLElement, first: number, last: number}[]} blocks  Those with sentences.
 * @property {Promise<void>} whole  Settles when the last sentence is there.
 */

/**
 * Make the elements of an article. The first slice is there at once.
 *
 * @param {Scored} scored
 * @param {(index: number, node: HTMLElement) => void} made  Called for each sentence.
 * @param {AbortSignal} signal
 * @returns {Laid}
 */
export function lay(scored, made, signal) {
  const root = el("div", { class: "article" });
  /** @type {Laid} */
  const laid = { root, sentences: [], blocks: [], whole: Promise.resolve() };
  const blocks = blocksOf(scored);
  if (isTitle(blocks[0], scored)) blocks.shift(); // it stands above the article already
  let next = 0;
  const slice = () => {
    const limit = laid.sentences.length + SLICE;
    const fragment = document.createDocumentFragment();
    while (next < blocks.length && laid.sentences.length < limit) {
      fragment.append(blockNode(blocks[next++], scored, laid, made));
    }
    root.append(fragment);
  };
  slice();
  laid.whole = (async () => {
    while (next < blocks.length) {
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return;
      slice();
    }
  })();
  return laid;
}

/**
 * @param {Block} block
 * @param {Scored} scored
 * @param {Laid} laid
 * @param {(index: number, node: HTMLElement) => void} made
 * @returns {HTMLElement}
 */
function blockNode(block, scored, laid, made) {
  const content = block.kind === "content";
  const node = el(content || block.kind !== "heading" ? "p" : "h3", {
    class: content ? "block" : "block left-out",
    "data-continued": block.continued,
    "data-kind": content ? undefined : block.kind,
  });
  if (block.sign) node.append(el("span", { class: "sign" }, block.sign), " ");
  const first = laid.sentences.length;
  block.pieces.forEach((piece, at) => {
    if (at) node.append(" ");
    node.append(pieceNode(piece, content, scored, laid, made));
  });
  if (!content) node.append(el("span", { class: "kind" }, ` ${block.kind}, not scored`));
  const last = laid.sentences.length - 1;
  if (last >= first) laid.blocks.push({ node, first, last });
  const lines = Math.ceil(node.textContent.length / LETTERS_A_LINE);
  return styled(node, { "contain-intrinsic-block-size": `auto ${lines * LINE_REM}rem` });
}

/**
 * @param {Piece} piece
 * @param {boolean} content  Whether it stands within scored text.
 * @param {Scored} scored
 * @param {Laid} laid
 * @param {(index: number, node: HTMLElement) => void} made
 * @returns {Node}
 */
function pieceNode(piece, content, scored, laid, made) {
  if (!("sentence" in piece)) {
    const text = scored.text.slice(piece.from, piece.to);
    if (!content) return document.createTextNode(text);
    return el("span", { class: "left-out inline", "data-kind": piece.kind }, text);
  }
  const node = el(
    "span",
    { class: "s", role: "button", tabindex: "-1", "data-index": piece.sentence },
    scored.sentences[piece.sentence].text,
  );
  laid.sentences[piece.sentence] = node;
  made(piece.sentence, node);
  return node;
}

/**
 * @param {Block} block
 * @param {Scored} scored
 * @returns {boolean}
 */
function isTitle({ kind, pieces: [piece] }, { text, title }) {
  return kind === "heading" && "from" in piece && text.slice(piece.from, piece.to) === title;
}

/**
 * The index of the sentence that an event happened in, or -1.
 *
 * @param {Event} event
 * @returns {number}
 */
export function sentenceOf(event) {
  const target = event.target instanceof Element ? event.target.closest(".s") : null;
  return target instanceof HTMLElement ? Number(target.dataset.index) : -1;
}
