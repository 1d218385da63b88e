/** What counts as the label of a sentence, and what follows: shares and which sentences match. */

/** @import { Task } from "./codebook.js" */
/** @import { Sentence } from "./scored.js" */

/**
 * @typedef {object} Doubt  When a sentence is undecided.
 * @property {number} threshold  Below this confidence; in [0, 1].
 * @property {boolean} sets  Also if the set of labels that may be right has several.
 */

/** Stands where a label's name would, for a sentence that is undecided. */
export const UNDECIDED = "";

/**
 * The confidence in a sentence's label: its probability.
 *
 * @param {Sentence} sentence
 * @param {Task} task
 * @returns {number}  In [0, 1].
 */
export function confidence(sentence, task) {
  const { label, probabilities } = sentence.predictions[task.name];
  return probabilities[label] ?? 0;
}

/**
 * The label that counts: the predicted one, or UNDECIDED.
 *
 * @param {Sentence} sentence
 * @param {Task} task
 * @param {Doubt} doubt
 * @returns {string}
 */
export function decide(sentence, task, { threshold, sets }) {
  const { label, undecided } = sentence.predictions[task.name];
  const sure = confidence(sentence, task) >= threshold && !(sets && undecided);
  return sure ? label : UNDECIDED;
}

/**
 * The share of each label, and of UNDECIDED, among the sentences.
 *
 * @param {Sentence[]} sentences
 * @param {Task} task
 * @param {Doubt} doubt
 * @returns {Map<string, number>}  In the codebook's order, UNDECIDED last; sums to 1, or to 0 if
 *   there is no sentence.
 */
export function shares(sentences, task, doubt) {
  const counts = new Map([...task.labels.map(({ name }) => name), UNDECIDED].map((name) => [name, 0]));
  for (const sentence of sentences) {
    const label = decide(sentence, task, doubt);
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return new Map([...counts].map(([name, count]) => [name, count / (sentences.length || 1)]));
}

/**
 * A number in [0, 1] as a percentage. What is neither none nor all never reads as if it were.
 *
 * @param {number} share
 * @returns {string}
 */
export function percent(share) {
  if (share > 0 && share < 0.005) return "<1%";
  if (share < 1 && share >= 0.995) return ">99%";
  return `${Math.round(share * 100)}%`;
}

/**
 * How often what may err at a rate is right, with every digit that was asked for.
 *
 * @param {number} errorRate  In (0, 1).
 * @returns {string}
 */
export function rate(errorRate) {
  return `${Number(((1 - errorRate) * 100).toFixed(2))}%`;
}
