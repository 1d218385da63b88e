/** What the page says: quietly to screen readers, and in the page where something went wrong. */

import { Problem } from "./api.js";
import { button, byId, el } from "./dom.js";

/** @type {ReturnType<typeof setTimeout> | undefined} */
let fading;

/**
 * Say something: shown for a moment, and read out by screen readers.
 *
 * @param {string} message
 * @param {{shown?: boolean}} [options]
 */
export function say(message, { shown = true } = {}) {
  const live = byId("status");
  live.textContent = message;
  live.classList.toggle("shown", shown);
  clearTimeout(fading);
  fading = setTimeout(() => live.classList.remove("shown"), 6000);
}

/**
 * Show a problem at the place where it arose, instead of what stood there.
 *
 * @param {HTMLElement} place
 * @param {unknown} fault
 * @param {{retry?: () => void, action?: HTMLElement}} [options]
 */
export function showProblem(place, fault, { retry, action } = {}) {
  const problem =
    fault instanceof Problem ? fault : new Problem("Something went wrong", String(fault), 0);
  showNotice(place, problem.title, [problem.detail], {
    action: action ?? (retry && button("Try again", retry)),
    alarm: true,
  });
}

/**
 * @param {HTMLElement} place
 * @param {string} title
 * @param {string[]} lines
 * @param {{action?: HTMLElement, alarm?: boolean}} [options]
 */
export function showNotice(place, title, lines, { action, alarm = false } = {}) {
  const notice = el(
    "div",
    { class: alarm ? "notice problem" : "notice", role: alarm ? "alert" : "status" },
    el("p", { class: "notice-title" }, title),
    ...lines.filter(Boolean).map((line) => el("p", {}, line)),
  );
  const actions = el("div", { class: "actions" });
  if (action) actions.append(action);
  actions.append(button("Dismiss", () => notice.remove(), { class: "quiet" }));
  notice.append(actions);
  place.replaceChildren(notice);
}
