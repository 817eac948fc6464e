// The form for letters: near answers while somebody types, a draft that stays only where that was asked for, and the line
// that the chosen column asks for. All texts come from the page; without this the form asks once, before it sends.
//
// Computers are shared. What is typed stays in the tab, without the address, only where somebody pressed something that they
// may come Back from: “Send”, until the letter is sent or a found answer did instead, and for a while a link. Whoever leaves
// in any other way, or has sent it, finds an empty form on Back.
const WAIT = 400; // ms without a key
const LONGEST = 4000; // characters that are compared
const SHORTEST = 12;
const NAMES = ["question", "text", "signature", "email", "context"];
const HOUR = 60 * 60 * 1000;
const A_LOOK = 10 * 60 * 1000; // at another page
const ON_THE_WAY = 10 * 1000; // from one page Back to the one before
const DAY = 24 * HOUR;

// `area` is a function, for a browser may refuse even to name its storage.
const store = (area, key) => ({
  read() {
    try {
      const value = JSON.parse(area().getItem(key));
      return value?.until > Date.now() ? value : null;
    } catch {
      return null;
    }
  },
  write(value) {
    try {
      area().setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  },
  drop() {
    try {
      area().removeItem(key);
    } catch {
      // then there is nothing, either
    }
  },
});
const kept = store(() => localStorage, "draft");
const typed = store(() => sessionStorage, "typed");

function near(form) {
  const region = form.querySelector("[data-near]");
  const seen = form.elements.seen;
  const token = document.querySelector("#answered [name=token]");
  let timer;
  let asking;
  let shown = "";

  function show(answer) {
    const items = [...answer.querySelectorAll("[data-slug]")];
    const slugs = items.map((item) => item.dataset.slug);
    if (slugs.join(" ") === shown) return; // so that nothing is read out twice
    shown = slugs.join(" ");
    region.replaceChildren(...(items.length ? answer.body.children : []));
    const before = seen.value.split(" ").filter(Boolean);
    seen.value = [...new Set([...before, ...slugs])].join(" ");
  }

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const q = `${form.elements.question.value}\n${form.elements.text.value}`.trim().slice(0, LONGEST);
    if (q.length < SHORTEST) return show(document.implementation.createHTMLDocument());
    try {
      const answer = await fetch(form.dataset.similar, {
        method: "POST",
        headers: { Accept: "text/html" },
        body: new URLSearchParams({ q, near: "1", limit: "3" }),
        signal: asking.signal,
      });
      if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // the letter can be written and sent without it
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  }

  token.value ||= [...crypto.getRandomValues(new Uint32Array(4))].join("-");
  if (!region) return;
  for (const name of ["question", "text"]) form.elements[name].addEventListener("input", later);
  if (form.elements.question.value || form.elements.text.value) later();
}

function keep(form) {
  const part = form.querySelector("[data-keep]");
  const box = part.querySelector("input");
  const said = part.querySelector("[data-said]");
  const fields = NAMES.map((name) => form.elements[name]).filter(Boolean);

  function values() {
    const draft = { column: form.elements.column.value };
    for (const field of fields) draft[field.name] = field.value;
    return draft;
  }

  const write = (more) => kept.write({ until: Date.now() + form.dataset.days * DAY, ...values(), ...more });

  function writeTyped(time) {
    const { checked, value } = form.elements.consent;
    const { email, ...words } = values();
    typed.write({ until: Date.now() + time, ...words, hadAddress: Boolean(email), consent: checked && value });
  }

  function restore(draft) {
    for (const field of fields) field.value ||= draft[field.name] ?? "";
    if (!form.elements.column.value && draft.column) {
      const radio = [...form.querySelectorAll("[name=column]")].find(({ value }) => value === draft.column);
      if (radio) radio.checked = true;
    }
  }

  const isFresh = "fresh" in form.dataset;
  const before = isFresh && isReturn() && typed.read();
  if (before) {
    restore(before);
    form.elements.consent.checked = before.consent === form.elements.consent.value;
    if (before.hadAddress && !form.elements.email.value) said.textContent = said.dataset.back;
  }
  const draft = kept.read();
  if (draft) {
    box.checked = true;
    if (isFresh) {
      restore(draft);
      said.textContent = said.dataset.restored;
    }
  }
  part.hidden = false;
  form.addEventListener("input", ({ target }) => {
    if (target !== box && box.checked) write();
  });
  box.addEventListener("change", () => {
    if (!box.checked) {
      kept.drop();
      said.textContent = said.dataset.dropped;
    } else {
      box.checked = write();
      said.textContent = box.checked ? said.dataset.kept : said.dataset.failed;
    }
  });
  // Of the draft as it is: a press of “Send” neither brings it back nor lets it stay longer.
  const leaving = () => {
    const draft = box.checked && kept.read();
    if (draft) kept.write({ ...draft, sending: true });
  };
  form.addEventListener("submit", leaving);
  document.getElementById("answered").addEventListener("submit", leaving);
  onLeaving((how) => {
    if (how === "submit") writeTyped(HOUR);
    else if (how === "link") writeTyped(A_LOOK);
    else if (isFresh) typed.drop();
    else shorten();
  });
}

// Tells `act` how this page is left: by "submit", by "link", or "" for all that was not pressed on it.
function onLeaving(act) {
  let how = "";
  addEventListener("submit", ({ target }) => {
    how = target.method === "post" ? "submit" : "link"; // the site's search
  });
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const isHere = link && !link.target && link.protocol.startsWith("http") && !link.getAttribute("href").startsWith("#");
    if (isHere && !(event.ctrlKey || event.metaKey || event.shiftKey)) how = "link";
  });
  addEventListener("pageshow", () => {
    how = "";
  });
  addEventListener("pagehide", () => act(how));
}

// Left by Back, perhaps, or for good: what is kept must only just reach the page before.
function shorten(time = ON_THE_WAY) {
  const before = typed.read();
  if (before) typed.write({ ...before, until: Math.min(before.until, Date.now() + time) });
  else typed.drop();
}

// The stop card: it says what this browser has, and its other way out leaves nothing behind, not even a page to go Back to.
function card() {
  const leave = document.getElementById("leave");
  for (const [name, area] of [
    ["browser", typed],
    ["draft", kept],
  ]) {
    const said = document.querySelector(`[data-of-${name}]`);
    if (said) said.hidden = !area.read();
  }
  leave.addEventListener("submit", async (event) => {
    event.preventDefault();
    typed.drop();
    kept.drop();
    document.documentElement.hidden = true;
    try {
      await fetch(leave.action, { method: "POST", redirect: "manual" });
    } catch {
      // away from the network: what this device had is gone all the same
    }
    location.replace(leave.dataset.to);
  });
  onLeaving((how) => {
    if (how !== "submit") shorten(how === "link" ? A_LOOK : ON_THE_WAY);
  });
}

// By Back alone: who comes anew, or loads the page again, may be somebody else.
function isReturn() {
  const [entry] = performance.getEntriesByType("navigation");
  return entry?.type === "back_forward";
}

// The form and the pages before sending, as they come back out of the browser's memory.
function forgetOnceSent() {
  const root = document.documentElement;
  addEventListener("pagehide", () => {
    root.hidden = true;
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    if (typed.read()) root.hidden = false;
    else location.replace(location.pathname + location.search); // a reload would post the letter again
  });
}

function context(form) {
  const part = form.querySelector("[data-context]");
  if (!part) return;
  const asked = [...part.querySelectorAll("[data-asks]")];
  const label = part.querySelector("[data-question]");

  function show() {
    const column = form.elements.column.value;
    if (!column) return;
    const own = asked.find((one) => one.dataset.column === column);
    part.querySelector("[data-asked]").hidden = true;
    if (own) label.textContent = own.dataset.asks;
    part.hidden = !own && !form.elements.context.value; // what was written there is never hidden
  }

  form.addEventListener("change", show);
  show();
}

const form = document.querySelector(".letter-form");
if (document.getElementById("card")) card();
if (form || document.getElementById("card")) forgetOnceSent();
if (form) {
  // Not before the browser has filled in what it remembers of a page that is gone Back to (forms.py).
  addEventListener("load", () => setTimeout(() => (form.elements.email.autocomplete = "email")));
  keep(form);
  near(form);
  context(form);
} else if (document.querySelector("[data-letter-over]")) {
  typed.drop();
  if (kept.read()?.sending) kept.drop();
}
