/**
 * Keys for reading: arrows or j and k go from sentence to sentence, Enter opens, Escape closes, /
 * finds, t changes the task. Single letters can be switched off (WCAG 2.1.4).
 */

const KEY = "stancekit.letters";

/**
 * @typedef {object} KeyHooks
 * @property {(step: number, from: "letter" | "arrow") => void} step
 * @property {(first: boolean) => void} edge
 * @property {() => boolean} close  Whether there was something to close.
 * @property {() => void} find
 * @property {() => void} found  Enter, where words to find are typed.
 * @property {() => void} task
 * @property {() => void} help
 */

/** @returns {boolean}  Whether single letters are keys. */
export function lettersOn() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

/** @param {boolean} on */
export function setLetters(on) {
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // Without storage the choice cannot be kept.
  }
}

/** @param {KeyHooks} hooks */
export function listen(hooks) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.key === "Escape") {
      if (hooks.close()) event.preventDefault();
      return;
    }
    if (event.key === "Enter" && target.id === "filter") return hooks.found();
    const act = typing(target) ? undefined : action(event.key, target, hooks);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/**
 * @param {string} key
 * @param {Element} target
 * @param {KeyHooks} hooks
 * @returns {(() => void) | undefined}
 */
function action(key, target, hooks) {
  if (target.closest(".s")) {
    if (key === "ArrowDown" || key === "ArrowRight") return () => hooks.step(1, "arrow");
    if (key === "ArrowUp" || key === "ArrowLeft") return () => hooks.step(-1, "arrow");
    if (key === "Home") return () => hooks.edge(true);
    if (key === "End") return () => hooks.edge(false);
  }
  if (!lettersOn()) return undefined;
  if (key === "j") return () => hooks.step(1, "letter");
  if (key === "k") return () => hooks.step(-1, "letter");
  if (key === "/") return hooks.find;
  if (key === "t") return hooks.task;
  if (key === "?") return hooks.help;
  return undefined;
}

/**
 * @param {Element} target
 * @returns {boolean}
 */
function typing(target) {
  return Boolean(target.closest("input:not([type=checkbox]), textarea, select, [role=slider]"));
}
