/** A scored article: its text, its sentences with their places, and what was left out. */

import { Problem } from "./api.js";
import { toUnits } from "./offsets.js";

/** @import { Origin, RawDocument, RawSentence, RawSpan } from "./types.js" */
/** @typedef {RawSentence & {from: number, to: number}} Sentence  `text.slice(from, to)`. */
/** @typedef {RawSpan & {from: number, to: number}} LeftOut */

const PASTED = /^pasted-[0-9a-f]{8}$/;

/**
 * The identifier of a text that was typed or pasted: by it, tables tell two of them apart.
 *
 * @param {string} digest
 * @returns {string}
 */
export function pastedId(digest) {
  return `pasted-${digest.slice(-8)}`;
}

/** One article of this tab. */
export class Scored {
  /**
   * Raises Problem if the sentences are not those of the text.
   *
   * @param {RawDocument} raw
   * @param {string} text
   * @param {Origin} origin
   * @param {{bundle: string, codebook: string, error_rate: number}} made  What the scores rest on.
   */
  constructor(raw, text, origin, made) {
    const units = toUnits(text);
    this.id = String(raw.id);
    this.text = text;
    this.origin = origin;
    this.made = made;
    /** @type {Record<string, unknown>} */
    this.metadata = raw.metadata ?? {};
    /** @type {Sentence[]} */
    this.sentences = raw.sentences.map((sentence) => ({
      ...sentence,
      from: units(sentence.start),
      to: units(sentence.end),
    }));
    /** @type {LeftOut[]} */
    this.leftOut = (raw.left_out ?? []).map((span) => ({
      ...span,
      from: units(span.start),
      to: units(span.end),
    }));
    const astray = this.sentences.find(({ from, to, text: own }) => text.slice(from, to) !== own);
    if (astray) {
      const detail = `Sentence ${astray.index + 1} does not stand where the server says it does.`;
      throw new Problem("The answer does not fit the text", detail, 0);
    }
    this.title = titleOf(this);
  }

  /** The name under which links and lists know this article. */
  get key() {
    return `${this.origin.kind}:${this.origin.key}`;
  }
}

/**
 * @param {Scored} scored
 * @returns {string}
 */
function titleOf({ metadata, leftOut, sentences, text, id }) {
  if (typeof metadata.title === "string" && metadata.title.trim()) return metadata.title;
  const first = sentences[0]?.from ?? 0;
  const heading = leftOut.find(({ kind, to }) => kind === "heading" && to <= first);
  if (heading) return text.slice(heading.from, heading.to);
  if (id && !PASTED.test(id)) return id;
  const opening = sentences[0]?.text.replace(/\s+/g, " ") ?? id;
  return opening.length > 70 ? `${opening.slice(0, 68).replace(/\s\S*$/, "")} …` : opening;
}
