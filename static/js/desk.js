// Asks before a page is left with something typed and not sent, be it by another form of the page; and keeps a form from being
// sent twice.

const typed = new Set();
const unsaved = document.getElementById("unsaved");

document.addEventListener("input", (event) => {
  const form = event.target.form ?? event.target.closest("form");
  if (!form?.matches("[data-unsaved]")) return;
  typed.add(form);
  for (const other of document.forms) delete other.dataset.asked;
});

// Before the form's own listeners, which take it for sent.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  const others = [...typed].filter((other) => other !== form && other.isConnected);
  if (form.dataset.sent || (others.length && !form.dataset.asked)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!form.dataset.sent) ask(form, others[0]);
    return;
  }
  form.dataset.sent = "yes";
  typed.clear();
}, true);

// Pressed once more it goes.
function ask(form, other) {
  form.dataset.asked = "yes";
  let said = form.querySelector(".unsaved");
  if (!said) {
    said = unsaved.content.querySelector(".unsaved").cloneNode(true);
    form.append(said);
    const field = () => [...other.elements].find((one) => one.type !== "hidden" && one.name);
    said.querySelector("button").addEventListener("click", () => { field()?.focus(); });
  }
  said.hidden = false;
  said.querySelector("[role=alert]").textContent = unsaved.content.querySelector("[data-words]").textContent;
}

addEventListener("beforeunload", (event) => { if (typed.size) event.preventDefault(); });
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
forget((key) => age(key) > THREE_DAYS || settled.some((piece) => key.endsWith(`:${piece}`) || key.endsWith(`:${piece}~`)));
for (const form of document.querySelectorAll("form[data-sign-out]")) form.addEventListener("submit", () => forget(() => true));
