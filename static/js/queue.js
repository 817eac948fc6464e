// Single keys for those who work in the queue all day. They act only while the queue has the focus; for a person who has
// switched them off the page comes without [data-keys]. A key presses the button that it stands on, and does nothing else.

const queue = document.querySelector(".queue[data-keys]");
const rows = queue ? [...queue.querySelectorAll("[data-row]")] : [];
let at = Math.max(0, rows.findIndex((row) => row.closest("li").hasAttribute("aria-current")));

const tickOf = (row) => row.closest("li").querySelector("input[type=checkbox]");
const isOpen = (row) => row.closest("li").hasAttribute("aria-current");

// One of the rows stands in the order of Tab, so that thirty of them are one stop and not sixty.
function stand(place) {
  at = Math.min(Math.max(place, 0), rows.length - 1);
  rows.forEach((row, number) => {
    for (const part of [row, tickOf(row)]) if (part) part.tabIndex = number === at ? 0 : -1;
  });
}

function focusQueue() {
  if (!rows.length) { if (document.activeElement !== queue) queue.focus(); return; }
  rows[at].focus();
  rows[at].scrollIntoView({ block: "nearest" });
}

function move(by) { stand(at + by); focusQueue(); }

function open(row, place) {
  const address = new URL(row.href);
  address.hash = place;
  location.assign(address);
}

// What opens, opens with its first field; what acts is pressed, or only shown to somebody who has not read the letter yet.
function press(button, { shown = false } = {}) {
  if (button.matches("summary")) {
    button.parentElement.open = true;
    button.parentElement.querySelector("textarea, select, input:not([type=hidden])")?.focus();
  } else if (shown) button.focus();
  else button.click();
}

function act(key) {
  const ticked = queue.querySelector("[data-row-tick]:checked");
  const many = ticked && queue.querySelector(`[data-ticked="${key}"]`);
  if (many) { many.click(); return; }
  const row = rows[at];
  const button = document.querySelector(`[data-key="${key}"]`);
  if (row && !isOpen(row)) open(row, `do-${key}`);
  else if (button) press(button);
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("dialog, select, textarea, input:not([type=checkbox])")) return;
  const key = event.key;
  const row = event.target.closest("[data-row]");
  if (key === "j" || key === "ArrowDown") move(document.activeElement === queue ? 0 : 1);
  else if (key === "k" || key === "ArrowUp") move(-1);
  else if (key === "Enter" && row) open(row, "queue");
  else if (key === "x" && rows.length) { tickOf(rows[at])?.click(); focusQueue(); }
  else if (/^[adsm]$/.test(key)) act(key);
  else if (key === "/") queue.querySelector("[data-search]")?.focus();
  else if (key === "?") document.querySelector("dialog.keys").showModal();
  else return;
  event.preventDefault();
}

if (queue) {
  stand(at);
  queue.addEventListener("keydown", pressed);
  queue.addEventListener("focusin", (event) => {
    // The address “#queue” brings the focus here, after this script has run; a click between the rows does, too.
    if (event.target === queue && queue.matches(":focus-visible")) focusQueue();
    const place = rows.findIndex((row) => row.closest("li").contains(event.target));
    if (place >= 0) stand(place);
  });
  const list = queue.querySelector("[data-keys-list]");
  list.hidden = false;
  list.querySelector("button").addEventListener("click", () => document.querySelector("dialog.keys").showModal());
  // Out of the field that a key opened, and out of the search, back to the queue.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest("details:has(> summary[data-key]), [data-search]")) focusQueue();
  });
  addEventListener("hashchange", arrive);
  arrive();
}

function arrive() {
  const wanted = /^#do-([adsm])$/.exec(location.hash);
  const button = wanted && document.querySelector(`[data-key="${wanted[1]}"]`);
  if (button) press(button, { shown: true });
  else if (wanted || location.hash === "#queue") focusQueue();
}
