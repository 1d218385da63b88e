/** The reading page: one pane or two, the toolbar above them, the opened sentence beside them. */

import { button, byId, el, styled } from "./dom.js";
import { legend } from "./legend.js";
import { copy, fragment } from "./links.js";
import { Pane } from "./pane.js";
import { spoken } from "./painter.js";
import { Panel } from "./panel.js";
import { say } from "./status.js";
import { Toolbar } from "./toolbar.js";

/** @import { Library } from "./library.js" */
/** @import { Scored } from "./scored.js" */
/** @import { View } from "./view.js" */

/** Keeps what is open, and the page's address in step with it. */
export class Reader {
  /**
   * @param {View} view
   * @param {Library} library
   */
  constructor(view, library) {
    this.view = view;
    this.library = library;
    /** @type {Pane[]} */
    this.panes = [];
    this.active = 0;
    this.toolbar = new Toolbar(view, () => this.articles());
    this.panel = new Panel(byId("panel"), view, {
      close: () => this.closeSentence(),
      step: (by) => this.step(by),
      link: () => this.copyLink(),
    });
    this.tabs = el("div", { class: "tabs", role: "group", "aria-label": "Article shown" });
    byId("tools").append(this.toolbar.root, this.tabs);
    this.guides = legend(view.codebook);
    const hint = el("p", { class: "hint" }, "Choose a sentence, or press j and then Enter, to see why.");
    byId("guide").append(...this.guides, hint);
    this.#measure();
    view.addEventListener("change", () => {
      this.#showGuide();
      this.#keepAddress();
    });
    this.#showGuide();
  }

  /** @returns {Scored[]}  What is on the page, from left to right. */
  articles() {
    return this.panes.map(({ scored }) => scored);
  }

  /** The pane in which the reader works. */
  get pane() {
    return this.panes[this.active] ?? this.panes[0];
  }

  /**
   * Show one article or two.
   *
   * @param {Scored[]} articles
   */
  show(articles) {
    this.panel.close();
    document.body.classList.remove("sentence-open");
    this.panes.forEach((pane) => pane.close());
    this.active = 0;
    this.panes = articles.map((scored) => this.#make(scored));
    byId("panes").replaceChildren(...this.panes.map(({ root }) => root));
    this.panes.forEach((pane, at) => {
      const others = this.library.all().filter((one) => !articles.includes(one) || one === pane.scored);
      pane.offer(others, (key) => this.#exchange(at, key));
    });
    const two = articles.length > 1;
    document.body.classList.toggle("comparing", two);
    document.body.dataset.view = articles.length ? "read" : "start";
    this.#showTabs();
    this.toolbar.paint();
    this.#keepAddress();
  }

  /**
   * Open a sentence in the panel.
   *
   * @param {Pane} pane
   * @param {number} index
   * @param {boolean} focus
   */
  open(pane, index, focus) {
    this.#enter(pane);
    this.panes.forEach((other) => other.setOpened(other === pane ? index : -1));
    document.body.classList.add("sentence-open");
    this.panel.open(pane.scored, index, focus);
    pane.go(index, { focus: !focus });
    this.#keepAddress();
  }

  /** @returns {boolean}  Whether a sentence was open. */
  closeSentence() {
    const { pane } = this;
    if (!pane || !this.panel.shown) return false;
    this.panel.close();
    document.body.classList.remove("sentence-open");
    this.panes.forEach((other) => other.setOpened(-1));
    pane.go(pane.current);
    this.#keepAddress();
    return true;
  }

  /** @param {number} by  1 or -1. */
  step(by) {
    const { pane } = this;
    if (!pane) return;
    const inside = document.activeElement?.closest(".s, #panel");
    this.#goOrOpen(pane, inside || this.panel.shown ? pane.next(by) : pane.current);
  }

  /** Go to the first sentence that matches the filter. */
  found() {
    const { pane } = this;
    const at = pane?.scored.sentences.findIndex((sentence) => this.view.matches(sentence)) ?? -1;
    if (at >= 0) this.#goOrOpen(pane, at);
  }

  /** @param {boolean} first  Whether to go to the first sentence, else to the last. */
  edge(first) {
    const { pane } = this;
    if (pane) this.#goOrOpen(pane, first ? 0 : pane.scored.sentences.length - 1);
  }

  /** Put the address of what is open on the clipboard, and say where it works. */
  async copyLink() {
    const address = new URL(this.#fragment(), location.href).href;
    const given = this.articles().some(({ origin }) => origin.kind === "text");
    const scope = given
      ? "The article is not stored on the server, so it works in this tab, or after the same text is pasted."
      : "It works for everybody who can open this page.";
    if (await copy(address)) say(`Link copied. ${scope}`);
    else say(`The browser does not let this page copy; take it from the address bar. ${scope}`);
  }

  /**
   * @param {Pane} pane
   * @param {number} index
   */
  #goOrOpen(pane, index) {
    if (!this.panel.shown) return pane.go(index);
    this.open(pane, index, false);
    say(`Sentence ${index + 1}: ${spoken(pane.scored.sentences[index], this.view)}`, { shown: false });
  }

  /** @param {Scored} scored */
  #make(scored) {
    return new Pane(scored, this.view, {
      open: (pane, index, focus) => this.open(pane, index, focus),
      entered: (pane) => this.#enter(pane),
      close: (pane) =>
        this.show(this.panes.filter((other) => other !== pane).map((other) => other.scored)),
    });
  }

  /**
   * @param {number} at
   * @param {string} key
   */
  #exchange(at, key) {
    const chosen = this.library.articles.get(key);
    if (chosen) this.show(this.articles().map((scored, place) => (place === at ? chosen : scored)));
  }

  /** @param {Pane} pane */
  #enter(pane) {
    const at = this.panes.indexOf(pane);
    if (at < 0 || at === this.active) return;
    this.active = at;
    this.#showTabs();
  }

  /** On a narrow page one of two articles is shown at a time. */
  #showTabs() {
    this.panes.forEach(({ root }, at) => root.classList.toggle("away", at !== this.active));
    if (this.panes.length < 2) return this.tabs.replaceChildren();
    this.tabs.replaceChildren(
      ...this.panes.map((pane, at) =>
        button(pane.scored.title, () => this.#enter(pane), {
          "aria-pressed": String(at === this.active),
        }),
      ),
    );
  }

  /** Explain the marks of the task that is shown. */
  #showGuide() {
    this.guides.forEach((guide, index) => {
      guide.hidden = index !== this.view.task.index;
    });
  }

  /** Tell the style sheets how much of the window the toolbar takes: on a narrow one, its first row. */
  #measure() {
    const [tools, row] = [byId("tools"), this.toolbar.first];
    const observer = new ResizeObserver(() => {
      const height = tools.offsetHeight || row.offsetHeight;
      styled(document.documentElement, { "--tools": `${height}px` });
    });
    observer.observe(tools);
    observer.observe(row);
  }

  #fragment() {
    return fragment({
      articles: this.articles().map(({ origin }) => origin),
      pane: this.active,
      sentence: this.panel.shown?.index ?? -1,
      task: this.view.task.index ? this.view.task.name : "",
    });
  }

  #keepAddress() {
    const hash = this.panes.length ? this.#fragment() : "";
    if (hash !== location.hash)
      history.replaceState(null, "", hash || location.pathname + location.search);
  }
}
