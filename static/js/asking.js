// The form for letters: near answers while somebody types, a draft that stays only where that was asked for, and the line
// that the chosen column asks for. All texts come from the page; without this the form asks once, before it sends.
const KEY = "draft";
const WAIT = 400; // ms without a key
const LONGEST = 4000; // characters that are compared
const SHORTEST = 12;
const NAMES = ["question", "text", "signature", "email", "context"];
const DAY = 24 * 60 * 60 * 1000;

const kept = {
  read() {
    try {
      return JSON.parse(localStorage.getItem(KEY));
    } catch {
      return null;
    }
  },
  write(value) {
    try {
      localStorage.setItem(KEY, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  },
  drop() {
    try {
      localStorage.removeItem(KEY);
    } catch {
      // then there is nothing, either
    }
  },
};

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

  function write(more) {
    const draft = { until: Date.now() + form.dataset.days * DAY, column: form.elements.column.value, ...more };
    for (const field of fields) draft[field.name] = field.value;
    return kept.write(draft);
  }

  function restore(draft) {
    for (const field of fields) field.value ||= draft[field.name] ?? "";
    if (!form.elements.column.value && draft.column) {
      const radio = [...form.querySelectorAll("[name=column]")].find(({ value }) => value === draft.column);
      if (radio) radio.checked = true;
    }
    said.textContent = said.dataset.restored;
  }

  const draft = kept.read();
  if (draft) {
    box.checked = true;
    if ("fresh" in form.dataset) restore(draft);
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
  const leaving = () => box.checked && write({ sending: true });
  form.addEventListener("submit", leaving);
  document.getElementById("answered").addEventListener("submit", leaving);
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
if (form) {
  keep(form);
  near(form);
  context(form);
} else if (document.querySelector("[data-letter-over]") && kept.read()?.sending) kept.drop();
