/** How the article is looked at: task, doubt and filter. One object, which tells of changes. */

import { UNDECIDED, decide, shares } from "./decision.js";
import { ANYONE, speaks } from "./speakers.js";

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
    this.sets = false;
    this.who = ANYONE;
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

  /** @param {boolean} sets  Whether a set of several labels makes a sentence undecided. */
  doubtSets(sets) {
    this.sets = sets;
    this.#changed();
  }

  /** @param {string} who  ANYONE, or one of the choices of speakers. */
  hear(who) {
    this.who = who;
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
    this.who = ANYONE;
    this.only = false;
    this.#changed();
  }

  /** Whether some sentences may not match. */
  get filtered() {
    return this.labels.size > 0 || this.query !== "" || this.who !== ANYONE;
  }

  /**
   * @param {Sentence} sentence
   * @returns {string}  The label that counts, or UNDECIDED.
   */
  label(sentence) {
    return decide(sentence, this.task, this);
  }

  /**
   * The share of each label among the sentences of those who are heard.
   *
   * @param {Sentence[]} sentences
   * @returns {Map<string, number>}
   */
  shares(sentences) {
    return shares(sentences.filter((one) => speaks(one, this.who)), this.task, this);
  }

  /**
   * @param {Sentence} sentence
   * @returns {boolean}
   */
  matches(sentence) {
    if (!speaks(sentence, this.who)) return false;
    if (this.labels.size && !this.labels.has(this.label(sentence))) return false;
    return !this.query || sentence.text.toLowerCase().includes(this.query);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

export { UNDECIDED };
