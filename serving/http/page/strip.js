/**
 * The strip: the whole article from its first to its last sentence, a row for each task. Clicking,
 * dragging or the arrow keys lead to a sentence; a frame shows what is in view.
 */

import { el, styled } from "./dom.js";
import { spoken } from "./painter.js";
import { draw, lanes } from "./strip_drawing.js";

/** @import { Scored } from "./scored.js" */
/** @import { View } from "./view.js" */

const STEPS = /** @type {Record<string, number>} */ ({
  ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10,
  Home: -Infinity, End: Infinity,
}); // prettier-ignore

/** The strip of one article. */
export class Strip {
  /**
   * @param {Scored} scored
   * @param {View} view
   * @param {{go: (index: number) => void, open: (index: number) => void}} hooks
   */
  constructor(scored, view, hooks) {
    this.scored = scored;
    this.view = view;
    this.current = 0;
    this.frame = el("div", { class: "strip-frame" });
    this.cursor = el("div", { class: "strip-cursor" });
    this.bubble = el("div", { class: "strip-bubble" });
    this.rows = view.codebook.tasks.map((task) => {
      const canvas = el("canvas", {});
      const letters = el("span", { class: "strip-letters" });
      for (const label of lanes(task)) letters.append(el("span", {}, label.mark));
      const name = el("span", { class: "strip-name" }, task.display);
      const node = el("div", { class: "strip-row" }, name, letters, canvas);
      return { task, canvas, node };
    });
    this.track = el("div", { class: "strip-track" }, this.frame, this.cursor, this.bubble);
    this.root = el(
      "div",
      {
        class: "strip",
        role: "slider",
        tabindex: "0",
        "aria-label": "Place in the article",
        "aria-valuemin": "1",
        "aria-valuemax": scored.sentences.length,
      },
      ...this.rows.map(({ node }) => node),
      this.track,
    );
    this.#listen(hooks);
    this.sizes = new ResizeObserver(() => this.paint());
    this.sizes.observe(this.root);
    this.setCurrent(0);
  }

  /** Draw all rows anew. */
  paint() {
    const { view, scored } = this;
    for (const { task, canvas, node } of this.rows) {
      const active = task === view.task;
      node.classList.toggle("active", active);
      const matches = view.filtered ? view.matches.bind(view) : () => true;
      draw(canvas, scored.sentences, task, view, matches);
    }
    this.setCurrent(this.current);
  }

  /** @param {number} index */
  setCurrent(index) {
    this.current = index;
    const { sentences } = this.scored;
    styled(this.cursor, {
      left: `${(index / sentences.length) * 100}%`,
      width: `${100 / sentences.length}%`,
    });
    this.root.setAttribute("aria-valuenow", String(index + 1));
    this.root.setAttribute("aria-valuetext", this.#text(index));
  }

  /**
   * Show what is in view.
   *
   * @param {number} from
   * @param {number} to
   */
  setFrame(from, to) {
    const count = this.scored.sentences.length;
    styled(this.frame, {
      left: `${(from / count) * 100}%`,
      width: `${((to - from) / count) * 100}%`,
    });
  }

  /** Stop watching. */
  close() {
    this.sizes.disconnect();
  }

  /** @param {number} index */
  #text(index) {
    const { sentences } = this.scored;
    return `Sentence ${index + 1} of ${sentences.length}: ${spoken(sentences[index], this.view)}`;
  }

  /** @param {PointerEvent} event */
  #at(event) {
    const { left, width } = this.track.getBoundingClientRect();
    const count = this.scored.sentences.length;
    const place = Math.floor(((event.clientX - left) / width) * count);
    return Math.min(count - 1, Math.max(0, place));
  }

  /** @param {{go: (index: number) => void, open: (index: number) => void}} hooks */
  #listen({ go, open }) {
    this.root.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.root.setPointerCapture(event.pointerId);
      go(this.#at(event));
    });
    this.root.addEventListener("pointermove", (event) => {
      const index = this.#at(event);
      const share = (index + 0.5) / this.scored.sentences.length;
      this.bubble.textContent = `${index + 1} · ${spoken(this.scored.sentences[index], this.view)}`;
      styled(this.bubble, { left: `${share * 100}%`, "--lean": `${share * -100}%` });
      if (event.buttons & 1 && index !== this.current) go(index);
    });
    this.root.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter") open(this.current);
      else if (event.key in STEPS) {
        const last = this.scored.sentences.length - 1;
        go(Math.min(last, Math.max(0, this.current + STEPS[event.key])));
      } else return;
      event.preventDefault();
    });
  }
}
