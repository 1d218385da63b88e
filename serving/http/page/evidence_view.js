/** The words that spoke for a label, or against it: in the sentence, and as bars below it. */

import { evidence } from "./api.js";
import { el, styled } from "./dom.js";
import { toUnits } from "./offsets.js";
import { showProblem } from "./status.js";

/** @import { Task } from "./codebook.js" */
/** @import { Sentence } from "./scored.js" */
/** @import { Evidence, EvidenceWord } from "./types.js" */

const MOST = 6; // words that get a bar
const KEPT = 200; // answers that are kept

/** @type {Map<string, Evidence>} */
const known = new Map();

/**
 * Ask for the evidence of one sentence and show it in `place`.
 *
 * @param {HTMLElement} place
 * @param {Sentence} sentence
 * @param {Task} task
 * @param {AbortSignal} signal
 */
export async function showEvidence(place, sentence, task, signal) {
  const { text, context } = sentence;
  const question = { text, context, task: task.name };
  const key = JSON.stringify(question);
  try {
    let answer = known.get(key);
    if (!answer) {
      place.replaceChildren(el("p", { class: "hint waiting" }, "Asking the model …"));
      answer = await evidence(question, signal);
      if (known.size >= KEPT) known.delete(/** @type {string} */ (known.keys().next().value));
      known.set(key, answer);
    }
    if (signal.aborted) return;
    place.replaceChildren(...drawn(answer, text));
  } catch (fault) {
    if (signal.aborted) return;
    showProblem(place, fault, { retry: () => showEvidence(place, sentence, task, signal) });
  }
}

/**
 * @param {Evidence} answer
 * @param {string} text
 * @returns {HTMLElement[]}
 */
function drawn(answer, text) {
  const most = Math.max(...answer.words.map(({ contribution }) => Math.abs(contribution)), 0);
  if (!most) return [el("p", { class: "hint" }, "No single word made a difference.")];
  const ranked = [...answer.words].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const list = el("ul", { class: "words" });
  for (const word of ranked.slice(0, MOST)) {
    const speaks = word.contribution > 0 ? "for" : "against";
    const size = Math.abs(word.contribution);
    if (size < most / 50) continue;
    const bar = styled(el("span", { class: "word-bar", "aria-hidden": "true" }), {
      "--size": `${(size / most) * 100}%`,
    });
    const number = el("span", { class: "word-number" }, signed(word.contribution));
    const side = el("span", { class: "visually-hidden" }, ` speaks ${speaks} it, `);
    list.append(
      el("li", { class: speaks }, el("span", { class: "word" }, word.text), side, bar, number),
    );
  }
  const notes = [answer.method && `Method: ${answer.method}.`, answer.note].filter(Boolean).join(" ");
  return [marked(answer.words, text, most), list, el("p", { class: "hint" }, notes)];
}

/**
 * The sentence, each word underlined as strongly as it counted.
 *
 * @param {EvidenceWord[]} words
 * @param {string} text
 * @param {number} most
 * @returns {HTMLElement}
 */
function marked(words, text, most) {
  const units = toUnits(text);
  const line = el("p", { class: "evidence-text" });
  let at = 0;
  for (const { start, end, contribution } of [...words].sort((a, b) => a.start - b.start)) {
    const [from, to] = [units(start), units(end)];
    const strength = Math.abs(contribution) / most;
    if (from < at || strength < 0.08) continue;
    const word = el("span", { class: contribution > 0 ? "for" : "against" }, text.slice(from, to));
    line.append(text.slice(at, from), styled(word, { "--strength": strength.toFixed(2) }));
    at = to;
  }
  line.append(text.slice(at));
  return line;
}

/**
 * @param {number} value
 * @returns {string}
 */
function signed(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}
