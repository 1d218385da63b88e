/** The opened sentence: every probability, the codebook's rule, the words that spoke for it. */

import { labelOf } from "./codebook.js";
import { UNDECIDED, decide, percent, rate } from "./decision.js";
import { button, el, styled } from "./dom.js";
import { showEvidence } from "./evidence_view.js";
import { hue } from "./palette.js";
import { rulesOf } from "./rules.js";
import { said } from "./speakers.js";

/** @import { Task } from "./codebook.js" */
/** @import { Scored, Sentence } from "./scored.js" */
/** @import { View } from "./view.js" */

const PATIENCE_MS = 180; // before evidence is asked for, so that leafing through asks for none

/** Shows one sentence at a time. */
export class Panel {
  /**
   * @param {HTMLElement} root
   * @param {View} view
   * @param {{close: () => void, step: (by: number) => void, link: () => void}} hooks
   */
  constructor(root, view, hooks) {
    this.root = root;
    this.view = view;
    this.hooks = hooks;
    /** @type {{scored: Scored, index: number} | null} */
    this.shown = null;
    this.asking = new AbortController();
    this.state = "";
    view.addEventListener("change", () => this.#repaint());
  }

  /**
   * @param {Scored} scored
   * @param {number} index
   * @param {boolean} focus  Whether the keyboard goes there, too.
   */
  open(scored, index, focus) {
    this.asking.abort();
    this.asking = new AbortController();
    this.shown = { scored, index };
    this.state = this.#state();
    const sentence = scored.sentences[index];
    const title = el(
      "h2",
      { tabindex: "-1", id: "panel-title" },
      `Sentence ${index + 1}`,
      el("span", { class: "of" }, ` of ${scored.sentences.length}`),
    );
    const head = el(
      "header",
      { class: "panel-head" },
      title,
      button("", () => this.hooks.step(-1), {
        class: "icon previous",
        "aria-label": "Previous sentence",
      }),
      button("", () => this.hooks.step(1), { class: "icon next", "aria-label": "Next sentence" }),
      button("", () => this.hooks.link(), {
        class: "icon link",
        "aria-label": "Copy link to this sentence",
      }),
      button("", () => this.hooks.close(), { class: "icon close", "aria-label": "Close sentence" }),
    );
    const body = el("div", { class: "panel-body" });
    body.append(el("p", { class: "said" }, said(sentence)));
    for (const task of this.#tasks()) body.append(this.#section(scored, sentence, task));
    this.root.replaceChildren(head, body);
    this.root.classList.add("open");
    this.root.scrollTop = 0;
    if (focus) title.focus({ preventScroll: true });
  }

  /** Show nothing. */
  close() {
    this.asking.abort();
    this.shown = null;
    this.root.classList.remove("open");
    this.root.replaceChildren();
  }

  /** The task that is shown in the article comes first. */
  #tasks() {
    const { tasks } = this.view.codebook;
    return [this.view.task, ...tasks.filter((task) => task !== this.view.task)];
  }

  /** What of the view the panel shows: the order of the tasks, and what is decided. */
  #state() {
    if (!this.shown) return "";
    const sentence = this.shown.scored.sentences[this.shown.index];
    const { view } = this;
    return this.#tasks()
      .map((task) => `${task.name} ${decide(sentence, task, view)} ${view.threshold}`)
      .join();
  }

  /** After a change of the view, show the sentence anew if it looks different now. */
  #repaint() {
    if (!this.shown || this.state === this.#state()) return;
    const { scrollTop } = this.root;
    const focused = this.root.contains(document.activeElement);
    this.open(this.shown.scored, this.shown.index, focused);
    this.root.scrollTop = scrollTop;
  }

  /**
   * @param {Scored} scored
   * @param {Sentence} sentence
   * @param {Task} task
   * @returns {HTMLElement}
   */
  #section(scored, sentence, task) {
    const { label: name, probabilities } = sentence.predictions[task.name];
    const label = labelOf(task, name);
    const undecided = decide(sentence, task, this.view) === UNDECIDED;
    const section = el("section", { class: `verdict ${hue(task, label?.index ?? -1)}` });
    const heading = el("h3", {}, task.display, el("span", { class: "task-title" }, task.title));
    const chip = el(
      "p",
      { class: undecided ? "verdict-label undecided" : "verdict-label" },
      el("span", { class: "mark", "aria-hidden": "true" }, undecided ? "?" : (label?.mark ?? "?")),
      undecided ? `Undecided: closest to ${label?.display ?? name}` : (label?.display ?? name),
    );
    const bars = el("ul", { class: "bars" });
    for (const one of task.labels) {
      const share = probabilities[one.name] ?? 0;
      const bar = el("span", { class: "bar", "aria-hidden": "true" }, el("span", {}));
      styled(bar, { "--share": `${share * 100}%`, "--limit": `${this.view.threshold * 100}%` });
      bars.append(
        el(
          "li",
          { class: `${hue(task, one.index)}${one.name === name ? " best" : ""}` },
          el("span", { class: "bar-name" }, one.display),
          bar,
          el("span", { class: "bar-number" }, percent(share)),
        ),
      );
    }
    const words = el("div", { class: "evidence" });
    section.append(heading, chip, bars, possible(sentence, task, scored.made.error_rate));
    section.append(el("h4", {}, `Words that spoke for ${label?.display ?? name}, or against`), words);
    if (label) section.append(el("h4", {}, "The codebook"), rulesOf(task, label));
    const { signal } = this.asking;
    setTimeout(() => {
      if (!signal.aborted) showEvidence(words, sentence, task, signal);
    }, PATIENCE_MS);
    return section;
  }
}

/**
 * The labels that may be the right one, at the rate of errors that the scores were made for.
 *
 * @param {Sentence} sentence
 * @param {Task} task
 * @param {number} errorRate
 * @returns {HTMLElement}
 */
function possible(sentence, task, errorRate) {
  const { labels } = sentence.predictions[task.name];
  const names = labels.map((name) => labelOf(task, name)?.display ?? name);
  return el("p", { class: "possible" }, `Possible at ${rate(errorRate)}: ${names.join(" or ")}`);
}
