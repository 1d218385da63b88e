/** The page: asks for the codebook, then lets articles in and shows them. */

import { showAbout } from "./about.js";
import { codebook as askCodebook } from "./api.js";
import { Codebook } from "./codebook.js";
import { button, byId } from "./dom.js";
import { downloadCsv, downloadJson } from "./downloads.js";
import { Intake } from "./intake.js";
import { lettersOn, listen, setLetters } from "./keyboard.js";
import { legend } from "./legend.js";
import { Library, NothingScored } from "./library.js";
import { place } from "./links.js";
import { install } from "./palette.js";
import { Reader } from "./reader.js";
import { say, showNotice, showProblem } from "./status.js";
import { View } from "./view.js";

/** @import { Given } from "./intake.js" */
/** @import { Place } from "./links.js" */

/** Ask for the codebook, on which everything rests, until the server answers. */
async function start() {
  const notices = byId("start-notices");
  try {
    const codebook = new Codebook(await askCodebook());
    notices.replaceChildren();
    install(codebook);
    await run(codebook);
  } catch (fault) {
    showProblem(notices, fault, { retry: start });
  } finally {
    document.body.dataset.ready = "true";
  }
}

/** @param {Codebook} codebook */
async function run(codebook) {
  byId("title").textContent = codebook.title;
  byId("top-title").textContent = codebook.title;
  byId("legends").replaceChildren(...legend(codebook));
  const library = new Library();
  const view = new View(codebook);
  const reader = new Reader(view, library);
  const dialog = /** @type {HTMLDialogElement} */ (byId("adding"));
  /** @type {Place | null}  A link whose text is not here yet. */
  let awaited = null;
  let comparing = false;

  /**
   * @param {Given} given
   * @param {string} [language]
   */
  const take = async (given, language) => {
    const stop = new AbortController();
    intake.wait(waitingText(given), () => stop.abort());
    try {
      const { added, aside } = await library.take(given, { language, signal: stop.signal });
      const kept = comparing && reader.panes[0] ? [reader.panes[0].scored] : [];
      dialog.close();
      reader.show([...kept, added[0]].slice(-2));
      byId("read-notices").replaceChildren();
      if (aside.length) showAside(aside, added.length);
      if (awaited && added.some(({ key }) => key === keyOf(awaited))) openPlace(awaited);
      else focusArticle();
      awaited = null;
      intake.text.value = "";
    } catch (fault) {
      if (stop.signal.aborted) say("Cancelled.");
      else if (fault instanceof NothingScored && !language) {
        const action = button("Score it anyway", () => take(given, "any"));
        showProblem(intake.notices, fault, { action });
      } else showProblem(intake.notices, fault, { retry: () => take(given, language) });
      if (document.body.dataset.view === "read" && !dialog.open) showIntake(comparing);
    } finally {
      intake.wait("");
    }
  };

  const intake = new Intake(take);

  /** @param {boolean} beside  Whether the next article comes beside the one that is open. */
  const showIntake = (beside) => {
    comparing = beside;
    byId("adding-title").textContent = beside ? "Read a second article beside this one" : "Read another article";
    byId("adding-body").append(intake.root);
    if (!dialog.open) dialog.showModal();
  };

  /** Bring the reader to what was just opened. */
  const focusArticle = () => {
    const { pane } = reader;
    comparing = false;
    pane?.title.focus({ preventScroll: true });
    if (reader.panes.length < 2) scrollTo({ top: 0 });
    if (pane) say(`${pane.scored.title}: ${pane.scored.sentences.length} sentences`, { shown: false });
  };

  /** @param {Place} wanted */
  const openPlace = ({ pane, sentence, task }) => {
    const wantedTask = codebook.task(task);
    if (wantedTask) view.showTask(wantedTask);
    const shown = reader.panes[pane];
    if (sentence < 0 || !shown) return focusArticle();
    if (sentence < shown.scored.sentences.length) reader.open(shown, sentence, false);
    else say(`The article has no sentence ${sentence + 1}.`);
  };

  /** Open what the address names. */
  const follow = async () => {
    const wanted = place(location.hash);
    if (!wanted) return;
    intake.wait("Opening the article that the link names …");
    try {
      const found = await Promise.all(wanted.articles.map((origin) => library.find(origin)));
      const known = found.filter((scored) => scored !== null);
      if (known.length === found.length) {
        reader.show(known);
        openPlace(wanted);
        return;
      }
      awaited = wanted;
      showNotice(intake.notices, "This link points into a text that is not here", [
        `Articles are not stored on the server. The text was given in another tab or browser, and the
        link works there. Paste the same text, or open the same file, and it leads to sentence
        ${wanted.sentence + 1}.`,
      ]);
    } catch (fault) {
      showProblem(intake.notices, fault, { retry: follow });
    } finally {
      intake.wait("");
    }
  };

  dialog.addEventListener("close", () => {
    intake.cancel();
    byId("intake-home").append(intake.root);
  });
  byId("about-button").addEventListener("click", () => showAbout(codebook));
  byId("keys-button").addEventListener("click", showKeys);
  byId("new").addEventListener("click", () => showIntake(false));
  byId("compare").addEventListener("click", () => showIntake(true));
  byId("copy-link").addEventListener("click", () => reader.copyLink());
  byId("csv").addEventListener("click", () => downloadCsv(reader.articles(), codebook));
  byId("json").addEventListener("click", () => downloadJson(reader.articles(), codebook));
  byId("caveat-button").addEventListener("click", () => showAbout(codebook));
  addEventListener("hashchange", follow);
  listen({
    step: (by) => reader.step(by),
    edge: (first) => reader.edge(first),
    close: () => reader.closeSentence(),
    find: () => reader.panes.length && reader.toolbar.search.focus(),
    task: () => reader.panes.length && view.nextTask(),
    help: showKeys,
  });
  await Promise.all([intake.showExamples(), follow()]);
}

/**
 * @param {Place | null} wanted
 * @returns {string}
 */
function keyOf(wanted) {
  const origin = wanted?.articles[wanted.pane];
  return origin ? `${origin.kind}:${origin.key}` : "";
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
 * @param {import("./types.js").SetAside[]} aside
 * @param {number} scored
 */
function showAside(aside, scored) {
  const lines = aside.slice(0, 5).map(({ document, place: where, reason }) => `${document || where}: ${reason}`);
  if (aside.length > 5) lines.push(`and ${aside.length - 5} more`);
  const title = `${aside.length} of ${aside.length + scored} documents were set aside`;
  showNotice(byId("read-notices"), title, lines);
}

/** Show which keys there are. */
function showKeys() {
  const box = /** @type {HTMLInputElement} */ (byId("letters"));
  box.checked = lettersOn();
  box.onchange = () => setLetters(box.checked);
  /** @type {HTMLDialogElement} */ (byId("keys")).showModal();
}

for (const closing of document.querySelectorAll("[data-closes]")) {
  closing.addEventListener("click", () => closing.closest("dialog")?.close());
}

start();
