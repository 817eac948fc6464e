// Asks before a page is left with something typed and not sent; and keeps a form from being sent twice.

let typed = false;

for (const form of document.querySelectorAll("form[data-unsaved]")) {
  form.addEventListener("input", () => { typed = true; });
}

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    typed = false;
  });
}

addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
// A page taken out of the browser's memory may send its forms again.
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

// What keeping.js left in the browser: gone when it is saved or thrown away, when somebody signs out, and after three days.
const THREE_DAYS = 3 * 24 * 60 * 60 * 1000;

function forget(isOver) {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith("typed:") && isOver(key)) localStorage.removeItem(key);
    }
  } catch { /* a browser that keeps nothing */ }
}

function age(key) {
  try { return Date.now() - JSON.parse(localStorage.getItem(key)).at; } catch { return Infinity; }
}

const settled = [...document.querySelectorAll(".messages [class*=settles-]")].map((told) => told.className.match(/settles-(\S+)/)[1]);
forget((key) => age(key) > THREE_DAYS || settled.some((piece) => key.endsWith(`:${piece}`)));
for (const form of document.querySelectorAll("form[data-sign-out]")) form.addEventListener("submit", () => forget(() => true));
