/** What counts as the label of a sentence, and what follows: shares and which sentences match. */

/** @import { Task } from "./codebook.js" */
/** @import { Sentence } from "./scored.js" */

/** Stands where a label's name would, for a sentence whose confidence is too low. */
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
 * The label that counts: the predicted one, or UNDECIDED below the threshold.
 *
 * @param {Sentence} sentence
 * @param {Task} task
 * @param {number} threshold
 * @returns {string}
 */
export function decide(sentence, task, threshold) {
  const sure = confidence(sentence, task) >= threshold;
  return sure ? sentence.predictions[task.name].label : UNDECIDED;
}

/**
 * The share of each label, and of UNDECIDED, among the sentences.
 *
 * @param {Sentence[]} sentences
 * @param {Task} task
 * @param {number} threshold
 * @returns {Map<string, number>}  In the codebook's order, UNDECIDED last; sums to 1.
 */
export function shares(sentences, task, threshold) {
  const counts = new Map([...task.labels.map(({ name }) => name), UNDECIDED].map((name) => [name, 0]));
  for (const sentence of sentences) {
    const label = decide(sentence, task, threshold);
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
