/** One article on the page: its head, its strip, its text. There may be two beside each other. */

import { lay, sentenceOf } from "./article.js";
import { button, el, styled } from "./dom.js";
import { Painter } from "./painter.js";
import { watchPosition } from "./position.js";
import { shareBar } from "./share_bar.js";
import { Strip } from "./strip.js";

/** @import { Scored } from "./scored.js" */
/** @import { View } from "./view.js" */
/**
 * @typedef {object} PaneHooks
 * @property {(pane: Pane, index: number, focus: boolean) => void} open  A sentence was chosen.
 * @property {(pane: Pane) => void} entered  The reader works in this pane now.
 * @property {(pane: Pane) => void} close
 */

const LONGEST_FACT = 200; // characters

/** The reader's view of one article. */
export class Pane {
  #ended = new AbortController();

  /**
   * @param {Scored} scored
   * @param {View} view
   * @param {PaneHooks} hooks
   */
  constructor(scored, view, hooks) {
    this.scored = scored;
    this.view = view;
    this.current = 0;
    this.opened = -1;
    const { signal } = this.#ended;
    const painter = new Painter(view);
    this.laid = lay(
      scored,
      (index, node) => painter.paintOne(scored.sentences[index], index, node),
      signal,
    );
    this.strip = new Strip(scored, view, {
      go: (index) => {
        hooks.entered(this);
        this.go(index, { focus: false });
      },
      open: (index) => hooks.open(this, index, true),
    });
    this.shares = el("div", { class: "pane-shares" });
    this.title = el("h2", { class: "pane-title", tabindex: "-1" }, scored.title);
    this.choice = el("div", { class: "pane-choice" });
    const head = el("header", { class: "pane-head" }, this.choice, this.title, facts(scored));
    const sticky = el("div", { class: "pane-sticky" }, this.shares, this.strip.root);
    this.root = el(
      "section",
      { class: "pane", "aria-label": scored.title },
      head,
      sticky,
      this.laid.root,
    );
    this.closing = button("Close", () => hooks.close(this), {
      class: "quiet pane-close",
      "aria-label": `Close ${scored.title}`,
    });
    head.prepend(this.closing);
    this.repaint = () => {
      painter.paint(scored.sentences, this.laid.sentences);
      this.shares.replaceChildren(shareBar(scored, view));
      this.strip.paint();
      this.laid.root.classList.toggle("only", view.only && view.filtered);
      this.#hideEmpty();
    };
    view.addEventListener("change", this.repaint, { signal });
    for (const query of ["(prefers-color-scheme: dark)", "print"]) {
      matchMedia(query).addEventListener("change", () => this.strip.paint(), { signal });
    }
    this.laid.whole.then(() => this.#hideEmpty());
    this.#listen(hooks);
    const covered = () => sticky.getBoundingClientRect().bottom;
    watchPosition(this.laid, this.root, covered, (from, to) => this.strip.setFrame(from, to), signal);
    const measure = new ResizeObserver(() =>
      styled(this.root, { "--head": `${sticky.offsetHeight}px` }),
    );
    measure.observe(sticky);
    signal.addEventListener("abort", () => measure.disconnect());
    this.#setCurrent(0);
    this.repaint();
  }

  /**
   * Make a sentence the current one and bring it into view.
   *
   * @param {number} index
   * @param {{focus?: boolean}} [options]  Whether it gets the keyboard's focus, too.
   */
  go(index, { focus = true } = {}) {
    this.#setCurrent(index);
    const node = this.laid.sentences[index];
    if (!node) {
      this.laid.whole.then(() => this.laid.sentences[index] && this.go(index, { focus }));
      return;
    }
    node.scrollIntoView({ block: focus ? "nearest" : "center" });
    if (focus) node.focus({ preventScroll: true });
  }

  /**
   * The next sentence that matches the filter, from the current one on.
   *
   * @param {number} step  1 or -1.
   * @returns {number}  The current one if there is no other.
   */
  next(step) {
    const { sentences } = this.scored;
    for (let at = this.current + step; at >= 0 && at < sentences.length; at += step) {
      if (this.view.matches(sentences[at])) return at;
    }
    return this.current;
  }

  /** @param {number} index  -1 if none is open. */
  setOpened(index) {
    this.laid.sentences[this.opened]?.removeAttribute("aria-current");
    this.opened = index;
    this.laid.sentences[index]?.setAttribute("aria-current", "true");
  }

  /**
   * Let the reader choose among the articles of this tab.
   *
   * @param {Scored[]} library  Those that may be chosen, with the one that is shown.
   * @param {(key: string) => void} choose
   */
  offer(library, choose) {
    if (library.length < 2) return this.choice.replaceChildren();
    const select = el("select", { "aria-label": "Article" });
    for (const { key, title } of library) {
      select.append(el("option", { value: key, selected: key === this.scored.key }, title));
    }
    select.addEventListener("change", () => choose(select.value));
    this.choice.replaceChildren(select);
  }

  /** Take the pane away. */
  close() {
    this.#ended.abort();
    this.strip.close();
    this.root.remove();
  }

  /** @param {number} index */
  #setCurrent(index) {
    const { sentences } = this.laid;
    sentences[this.current]?.setAttribute("tabindex", "-1");
    this.current = index;
    sentences[index]?.setAttribute("tabindex", "0");
    this.strip.setCurrent(index);
  }

  /** Where only matches are shown, take away the paragraphs that have none. */
  #hideEmpty() {
    const hiding = this.view.only && this.view.filtered;
    for (const { node, first, last } of this.laid.blocks) {
      const all = this.laid.sentences.slice(first, last + 1);
      node.hidden = hiding && all.every((sentence) => sentence.classList.contains("off"));
    }
  }

  /** @param {PaneHooks} hooks */
  #listen(hooks) {
    const { root } = this.laid;
    root.addEventListener("click", (event) => {
      const index = sentenceOf(event);
      if (index < 0 || String(getSelection())) return;
      this.#setCurrent(index);
      hooks.open(this, index, false);
    });
    root.addEventListener("keydown", (event) => {
      const index = sentenceOf(event);
      if (index < 0 || (event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      hooks.open(this, index, true);
    });
    root.addEventListener("focusin", (event) => {
      const index = sentenceOf(event);
      if (index >= 0 && index !== this.current) this.#setCurrent(index);
    });
    this.root.addEventListener("focusin", () => hooks.entered(this));
    this.root.addEventListener("pointerdown", () => hooks.entered(this));
  }
}

/**
 * What came with the article, as it came.
 *
 * @param {Scored} scored
 * @returns {HTMLElement}
 */
function facts({ metadata, sentences, title, made }) {
  const list = el("dl", {});
  const count = `${sentences.length.toLocaleString("en")} ${sentences.length === 1 ? "sentence" : "sentences"}`;
  for (const [name, value] of Object.entries(metadata)) {
    if (value === null || value === "" || value === title) continue;
    const whole = typeof value === "string" ? value : JSON.stringify(value);
    const text = whole.length > LONGEST_FACT ? `${whole.slice(0, LONGEST_FACT)} …` : whole;
    list.append(
      el("div", {}, el("dt", {}, name), el("dd", { title: text === whole ? null : whole }, text)),
    );
  }
  const by = `Scored by bundle ${made.bundle}, codebook ${made.codebook}`;
  return el(
    "div",
    { class: "facts" },
    el("p", {}, count),
    list.childElementCount ? list : null,
    el("p", { class: "made" }, by),
  );
}
