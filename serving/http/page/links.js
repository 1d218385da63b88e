/** Links to a sentence: which articles are open, which sentence, which task, in the fragment. */

/** @import { Origin } from "./types.js" */

/**
 * @typedef {object} Place
 * @property {Origin[]} articles  One or two.
 * @property {number} pane  In which of them the sentence is.
 * @property {number} sentence  Its index, -1 if the link is to the article.
 * @property {string} task  The name of the task that is shown, "" for the first.
 */

const KEYS = ["a", "b"];

/**
 * @param {Place} place
 * @returns {string}  Begins with `#`.
 */
export function fragment({ articles, pane, sentence, task }) {
  const parameters = new URLSearchParams();
  articles.forEach(({ kind, key }, at) => parameters.set(KEYS[at], `${kind}:${key}`));
  if (sentence >= 0) parameters.set("s", String(sentence + 1));
  if (sentence >= 0 && pane) parameters.set("in", KEYS[pane]);
  if (task) parameters.set("task", task);
  return `#${parameters}`.replaceAll("%3A", ":");
}

/**
 * Read a fragment; what cannot be read is left out.
 *
 * @param {string} hash
 * @returns {Place | null}  Null if it names no article.
 */
export function place(hash) {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  /** @type {Origin[]} */
  const articles = [];
  for (const name of KEYS) {
    const [, kind, key] = /^(example|text):([\w-]{1,64})$/.exec(parameters.get(name) ?? "") ?? [];
    if (kind === "example" || kind === "text") articles.push({ kind, key });
  }
  if (!articles.length) return null;
  const number = /^\d{1,7}$/.test(parameters.get("s") ?? "") ? Number(parameters.get("s")) : 0;
  return {
    articles,
    pane: parameters.get("in") === KEYS[1] && articles.length > 1 ? 1 : 0,
    sentence: number - 1,
    task: parameters.get("task") ?? "",
  };
}

/**
 * Put a text on the clipboard.
 *
 * @param {string} text
 * @returns {Promise<boolean>}  Whether the browser allowed it; on plain HTTP it does not.
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
