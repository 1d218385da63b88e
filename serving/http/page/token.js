/** The access token: asked for when the server wants one, kept for this tab only. */

import { button, el } from "./dom.js";

const KEY = "stancekit.token";

/** @returns {string | null} */
export function token() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** @type {Promise<boolean> | null} */
let asking = null;

/**
 * Ask the reader for a token; several requests that fail together ask once.
 *
 * @param {string} why  What the server said.
 * @returns {Promise<boolean>}  Whether one was given.
 */
export function askToken(why) {
  asking ??= ask(why).finally(() => {
    asking = null;
  });
  return asking;
}

/**
 * @param {string} why
 * @returns {Promise<boolean>}
 */
function ask(why) {
  const input = el("input", { type: "password", id: "token", autocomplete: "off", required: true });
  const form = el(
    "form",
    { class: "dialog-body" },
    el("h2", { id: "token-title" }, "This server asks for a token"),
    el("p", {}, why),
    el("label", { for: "token" }, "Token"),
    input,
    el("p", { class: "hint" }, "It is kept in this tab and forgotten when the tab is closed."),
  );
  const dialog = el("dialog", { class: "dialog small", "aria-labelledby": "token-title" }, form);
  const actions = el("div", { class: "actions" });
  actions.append(
    el("button", { type: "submit", class: "primary" }, "Continue"),
    button("Cancel", () => dialog.close()),
  );
  form.append(actions);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    let given = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      try {
        sessionStorage.setItem(KEY, input.value.trim());
      } catch {
        // Without storage the token cannot be kept; the next request asks again.
      }
      given = true;
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(given);
    });
  });
}
