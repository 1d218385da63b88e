/** From what the reader gave, or from a link, to articles on the page. */

import { button, byId } from "./dom.js";
import { NothingScored, reasonOf } from "./library.js";
import { place } from "./links.js";
import { say, showNotice, showProblem } from "./status.js";

/** @import { Given, Intake } from "./intake.js" */
/** @import { Library } from "./library.js" */
/** @import { Place } from "./links.js" */
/** @import { Reader } from "./reader.js" */
/** @import { SetAside } from "./types.js" */

const MOST_REASONS = 5;

/** Lets articles in, and says so where one cannot be. */
export class Opener {
  /**
   * @param {Library} library
   * @param {Reader} reader
   */
  constructor(library, reader) {
    this.library = library;
    this.reader = reader;
    this.dialog = /** @type {HTMLDialogElement} */ (byId("adding"));
    /** @type {Place | null}  A link whose text is not here yet. */
    this.awaited = null;
    /** Whether the next article comes beside the one that is open. */
    this.beside = false;
    /** @type {AbortController | null}  Of the request that the reader waits for. */
    this.current = null;
  }

  /** @param {Intake} intake */
  use(intake) {
    this.intake = intake;
    this.dialog.addEventListener("close", () => {
      this.beside = false;
      intake.cancel();
      byId("intake-home").append(intake.root);
    });
  }

  /** @param {boolean} beside */
  ask(beside) {
    this.beside = beside;
    const title = beside ? "Read a second article beside this one" : "Read another article";
    byId("adding-title").textContent = title;
    if (this.intake) byId("adding-body").append(this.intake.root);
    if (!this.dialog.open) this.dialog.showModal();
  }

  /**
   * Score what was given and show it.
   *
   * @param {Given} given
   * @param {string} [language]
   */
  async take(given, language) {
    const { intake, reader } = this;
    if (!intake) return;
    intake.cancel();
    const stop = new AbortController();
    this.current = stop;
    const { signal } = stop;
    intake.wait(waitingText(given), () => stop.abort());
    try {
      const { added, aside } = await this.library.take(given, { language, signal });
      if (signal.aborted) return;
      const kept = this.beside && reader.panes[0] ? [reader.panes[0].scored] : [];
      this.dialog.close();
      reader.show([...kept, added[0]]);
      byId("read-notices").replaceChildren();
      if (aside.length) showAside(aside, added.length);
      this.#lead(added.map(({ key }) => key));
      intake.text.value = "";
    } catch (fault) {
      if (signal.aborted) return this.current === stop ? say("Cancelled.") : undefined;
      if (document.body.dataset.view === "read" && !this.dialog.open) this.ask(this.beside);
      const anyway = fault instanceof NothingScored && !language;
      showProblem(intake.notices, fault, {
        action: anyway
          ? button("Score it anyway", () => this.take(given, "any"))
          : button("Try again", () => this.take(given, language)),
      });
    } finally {
      if (this.current === stop) intake.wait("");
    }
  }

  /** Open what the page's address names. */
  async follow() {
    const wanted = place(location.hash);
    const { intake } = this;
    if (!wanted || !intake) return;
    intake.wait("Opening the article that the link names …");
    try {
      const found = await Promise.all(wanted.articles.map((origin) => this.library.find(origin)));
      const known = found.filter((scored) => scored !== null);
      if (known.length === found.length) {
        this.reader.show(known);
        this.#openPlace(wanted);
        return;
      }
      this.awaited = wanted;
      if (document.body.dataset.view === "read") this.ask(false);
      const where = wanted.sentence < 0 ? "the article" : `sentence ${wanted.sentence + 1}`;
      showNotice(intake.notices, "This link points into a text that is not here", [
        "Articles are not stored on the server. This one was given in another tab or browser, and " +
          `there the link works. Paste the same text, or open the same file, and it leads to ${where}.`,
      ]);
    } catch (fault) {
      showProblem(intake.notices, fault, { retry: () => this.follow() });
    } finally {
      intake.wait("");
    }
  }

  /**
   * Bring the reader to what was just opened: where a link pointed that waited for it, or its title.
   *
   * @param {string[]} keys
   */
  #lead(keys) {
    const { awaited } = this;
    const origin = awaited?.articles[awaited.pane];
    this.awaited = null;
    if (awaited && origin && keys.includes(`${origin.kind}:${origin.key}`)) {
      this.#openPlace({ ...awaited, pane: this.reader.panes.length - 1 });
    } else this.#focusArticle();
  }

  /** @param {Place} wanted */
  #openPlace({ pane, sentence, task }) {
    const { view, panes } = this.reader;
    const wantedTask = view.codebook.task(task);
    if (wantedTask) view.showTask(wantedTask);
    const shown = panes[pane];
    if (sentence < 0 || !shown) this.#focusArticle();
    else if (sentence < shown.scored.sentences.length) this.reader.open(shown, sentence, false);
    else say(`The article has no sentence ${sentence + 1}.`);
  }

  #focusArticle() {
    const { panes } = this.reader;
    const pane = panes[panes.length - 1];
    if (!pane) return;
    pane.title.focus({ preventScroll: true });
    if (panes.length < 2) scrollTo({ top: 0 });
    say(`${pane.scored.title}: ${pane.scored.sentences.length} sentences`, { shown: false });
  }
}

/**
 * @param {Given} given
 * @returns {string}
 */
function waitingText(given) {
  if ("file" in given) return `Reading ${given.file.name} …`;
  if ("example" in given) return "Scoring the example …";
  return `Scoring ${given.text.length.toLocaleString("en")} characters …`;
}

/**
 * @param {SetAside[]} aside
 * @param {number} scored
 */
function showAside(aside, scored) {
  const lines = aside.slice(0, MOST_REASONS).map(reasonOf);
  if (aside.length > MOST_REASONS) lines.push(`and ${aside.length - MOST_REASONS} more`);
  const title = `${aside.length} of ${aside.length + scored} documents were set aside`;
  showNotice(byId("read-notices"), title, lines);
}
