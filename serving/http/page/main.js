/** The page: asks for the codebook, then lets articles in and shows them. */

import { showAbout } from "./about.js";
import { codebook as askCodebook } from "./api.js";
import { Codebook } from "./codebook.js";
import { byId } from "./dom.js";
import { downloadCsv, downloadJson } from "./downloads.js";
import { Intake } from "./intake.js";
import { lettersOn, listen, setLetters } from "./keyboard.js";
import { legend } from "./legend.js";
import { Library } from "./library.js";
import { Opener } from "./opener.js";
import { install } from "./palette.js";
import { Reader } from "./reader.js";
import { showProblem } from "./status.js";
import { View } from "./view.js";

/** Ask for the codebook, on which everything rests, until the server answers. */
async function start() {
  const notices = byId("start-notices");
  try {
    const codebook = new Codebook(await askCodebook());
    notices.replaceChildren();
    await run(codebook);
  } catch (fault) {
    showProblem(notices, fault, { retry: start });
  } finally {
    document.body.dataset.ready = "true";
  }
}

/** @param {Codebook} codebook */
async function run(codebook) {
  install(codebook);
  byId("title").textContent = codebook.title;
  byId("top-title").textContent = codebook.title;
  byId("legends").replaceChildren(...legend(codebook));
  const library = new Library();
  const view = new View(codebook);
  const reader = new Reader(view, library);
  const opener = new Opener(library, reader);
  const intake = new Intake((given) => opener.take(given));
  opener.use(intake);
  const acts = {
    "about-button": () => showAbout(codebook),
    "caveat-button": () => showAbout(codebook),
    "keys-button": showKeys,
    new: () => opener.ask(false),
    compare: () => opener.ask(true),
    "copy-link": () => reader.copyLink(),
    csv: () => downloadCsv(reader.articles(), codebook),
    json: () => downloadJson(reader.articles(), codebook),
  };
  for (const [id, act] of Object.entries(acts)) byId(id).addEventListener("click", act);
  addEventListener("hashchange", () => opener.follow());
  listen({
    step: (by) => reader.step(by),
    edge: (first) => reader.edge(first),
    close: () => reader.closeSentence(),
    find: () => reader.panes.length && reader.toolbar.search.focus(),
    found: () => reader.found(),
    task: () => reader.panes.length && view.nextTask(),
    help: showKeys,
  });
  await Promise.all([intake.showExamples(), opener.follow()]);
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

byId("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the page's address says what is open
  byId("main").focus();
});

start();
