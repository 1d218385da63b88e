/** How the article is looked at: task, threshold and filter. One object, which tells of changes. */

import { UNDECIDED, decide } from "./decision.js";

/** @import { Codebook, Task } from "./codebook.js" */
/** @import { Sentence } from "./scored.js" */

/** The state behind the toolbar; dispatches `change`. */
export class View extends EventTarget {
  /** @param {Codebook} codebook */
  constructor(codebook) {
    super();
    this.codebook = codebook;
    this.task = codebook.tasks[0];
    this.threshold = 0.5;
    /** @type {Set<string>}  Names of labels, or UNDECIDED; empty if all are looked at. */
    this.labels = new Set();
    this.query = "";
    this.only = false;
  }

  /** @param {Task} task */
  showTask(task) {
    if (task === this.task) return;
    this.task = task;
    this.labels = new Set();
    this.#changed();
  }

  /** Go on to the next task. */
  nextTask() {
    const { tasks } = this.codebook;
    this.showTask(tasks[(this.task.index + 1) % tasks.length]);
  }

  /** @param {number} threshold  In [0, 1]. */
  setThreshold(threshold) {
    this.threshold = threshold;
    this.#changed();
  }

  /** @param {string} label */
  toggle(label) {
    if (!this.labels.delete(label)) this.labels.add(label);
    this.#changed();
  }

  /** @param {string} query */
  search(query) {
    this.query = query.trim().toLowerCase();
    this.#changed();
  }

  /** @param {boolean} only  Whether sentences that do not match are hidden. */
  showOnly(only) {
    this.only = only;
    this.#changed();
  }

  /** Look at all sentences again. */
  clear() {
    this.labels = new Set();
    this.query = "";
    this.only = false;
    this.#changed();
  }

  /** Whether some sentences may not match. */
  get filtered() {
    return this.labels.size > 0 || this.query !== "";
  }

  /**
   * @param {Sentence} sentence
   * @returns {string}  The label that counts, or UNDECIDED.
   */
  label(sentence) {
    return decide(sentence, this.task, this.threshold);
  }

  /**
   * @param {Sentence} sentence
   * @returns {boolean}
   */
  matches(sentence) {
    if (this.labels.size && !this.labels.has(this.label(sentence))) return false;
    return !this.query || sentence.text.toLowerCase().includes(this.query);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

export { UNDECIDED };
