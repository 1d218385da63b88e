/** Marks on the sentences: colour, letter and spoken name of the label that counts. */

import { labelOf } from "./codebook.js";
import { UNDECIDED, confidence, percent } from "./decision.js";
import { hue } from "./palette.js";

/** @import { Sentence } from "./scored.js" */
/** @import { View } from "./view.js" */

/** Keeps what each sentence shows, so that only those change whose mark does. */
export class Painter {
  /** @param {View} view */
  constructor(view) {
    this.view = view;
    /** @type {string[]} */
    this.shown = [];
  }

  /**
   * Bring the elements of sentences up to date.
   *
   * @param {Sentence[]} sentences
   * @param {HTMLElement[]} nodes  As many as have been made, by index.
   */
  paint(sentences, nodes) {
    nodes.forEach((node, index) => this.paintOne(sentences[index], index, node));
  }

  /**
   * @param {Sentence} sentence
   * @param {number} index
   * @param {HTMLElement} node
   */
  paintOne(sentence, index, node) {
    const { view } = this;
    const { task } = view;
    const name = view.label(sentence);
    const matches = view.matches(sentence);
    const state = `${task.index} ${name} ${matches}`;
    if (this.shown[index] === state) return;
    this.shown[index] = state;
    const label = labelOf(task, name);
    const quiet = label?.name === task.default;
    node.className = ["s", hue(task, label?.index ?? -1), quiet && "quiet", !matches && "off"]
      .filter(Boolean)
      .join(" ");
    node.dataset.mark = label?.mark ?? "?";
    node.setAttribute("aria-label", `${spoken(sentence, view)}: ${sentence.text}`);
  }
}

/**
 * A sentence's label in words: "Waiting 71%", or "Undecided, Waiting 44%".
 *
 * @param {Sentence} sentence
 * @param {View} view
 * @returns {string}
 */
export function spoken(sentence, view) {
  const { task } = view;
  const predicted = sentence.predictions[task.name].label;
  const display = labelOf(task, predicted)?.display ?? predicted;
  const sure = `${display} ${percent(confidence(sentence, task))}`;
  return view.label(sentence) === UNDECIDED ? `Undecided, ${sure}` : sure;
}
