/** Where articles come in: pasted, dropped, chosen as a file, or one of the examples. */

import { Problem, file } from "./api.js";
import { button, byId, el } from "./dom.js";
import { showProblem } from "./status.js";

/**
 * @typedef {{id: string, title: string, about: string}} Example
 * @typedef {{text: string} | {file: File} | {example: string}} Given
 */

/** The form for articles; it stands on the first page, and in a dialog once an article is open. */
export class Intake {
  /** @param {(given: Given) => void} take */
  constructor(take) {
    this.take = take;
    this.root = byId("intake");
    this.notices = byId("intake-notices");
    this.text = /** @type {HTMLTextAreaElement} */ (byId("text"));
    this.waiting = byId("waiting");
    this.cards = byId("examples");
    const chosen = /** @type {HTMLInputElement} */ (byId("file"));
    byId("read").addEventListener("click", () => this.#takeText());
    byId("choose").addEventListener("click", () => chosen.click());
    byId("cancel").addEventListener("click", () => this.cancel());
    chosen.addEventListener("change", () => {
      if (chosen.files?.[0]) take({ file: chosen.files[0] });
      chosen.value = "";
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#takeText();
    });
    this.cancel = () => {};
    this.#listenForFiles();
  }

  /** Show the cards of the examples. */
  async showExamples() {
    try {
      /** @type {Example[]} */
      const examples = await file("examples/index.json");
      for (const { id, title, about } of examples) {
        const card = button("", () => this.take({ example: id }), { class: "card" });
        card.append(
          el("span", { class: "card-title" }, title),
          el("span", { class: "card-about" }, about),
        );
        this.cards.append(el("li", {}, card));
      }
    } catch (fault) {
      showProblem(this.cards, fault);
    }
  }

  /**
   * Show that the server is at work.
   *
   * @param {string} what  "" when it is done.
   * @param {() => void} [cancel]
   */
  wait(what, cancel = () => {}) {
    this.cancel = cancel;
    this.waiting.hidden = !what;
    byId("waiting-text").textContent = what;
    this.root.setAttribute("aria-busy", String(Boolean(what)));
    if (what) this.notices.replaceChildren();
  }

  #takeText() {
    if (this.text.value.trim()) {
      this.take({ text: this.text.value });
      return;
    }
    showProblem(
      this.notices,
      new Problem("There is no text yet", "Paste an article into the field.", 0),
    );
    this.text.focus();
  }

  /** A file may be dropped anywhere on the page. */
  #listenForFiles() {
    const holdsFile = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
    const mark = (/** @type {boolean} */ on) => document.body.classList.toggle("dropping", on);
    document.addEventListener("dragover", (event) => {
      if (!holdsFile(event)) return;
      event.preventDefault();
      mark(true);
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) mark(false);
    });
    document.addEventListener("drop", (event) => {
      mark(false);
      if (!holdsFile(event)) return;
      event.preventDefault();
      const dropped = event.dataTransfer?.files[0];
      if (dropped) this.take({ file: dropped });
    });
  }
}
