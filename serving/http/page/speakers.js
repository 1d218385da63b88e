/** Who speaks in a sentence: the author of the article, or somebody whom it reports. */

/** @import { Sentence } from "./scored.js" */

/** Stands for whoever speaks. */
export const ANYONE = "";

/** What the server says of a sentence's voice, and how the page calls it. */
const VOICES = /** @type {Record<string, string>} */ ({
  author: "The author",
  reported: "Others, reported",
  unclear: "Unclear",
});

/**
 * Whether a sentence is one that a choice is about.
 *
 * @param {Sentence} sentence
 * @param {string} who  ANYONE, or the value of one of `choices`.
 * @returns {boolean}
 */
export function speaks({ voice, speaker }, who) {
  return who === ANYONE || who === `voice:${voice}` || (speaker !== "" && who === `speaker:${speaker}`);
}

/**
 * Whom a reader can choose to hear, with the number of their sentences.
 *
 * @param {Sentence[]} sentences
 * @returns {{value: string, name: string, count: number}[]}  Voices, then named speakers, those of
 *   most sentences first.
 */
export function choices(sentences) {
  const voices = Object.entries(VOICES).map(([voice, name]) => ({ value: `voice:${voice}`, name }));
  const named = new Set(sentences.map(({ speaker }) => speaker).filter(Boolean));
  const speakers = [...named].map((name) => ({ value: `speaker:${name}`, name }));
  const counted = (/** @type {{value: string, name: string}[]} */ all) =>
    all.map((one) => ({
      ...one,
      count: sentences.filter((sentence) => speaks(sentence, one.value)).length,
    }));
  const most = counted(speakers).sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  return [...counted(voices).filter(({ count }) => count > 0), ...most];
}

/**
 * A sentence's voice in words.
 *
 * @param {Sentence} sentence
 * @returns {string}
 */
export function said({ voice, speaker }) {
  if (speaker) return `Said by ${speaker}, as the article reports`;
  if (voice === "author") return "Said by the author";
  return voice === "reported" ? "Reported, without a name" : "Who says it is unclear";
}
