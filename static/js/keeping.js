// What is typed in a form with a [data-keep] is kept every few seconds: on the server and, when that does not answer, in the
// browser, under the person and the piece; small forms, which have no address of their own, in the browser alone. Kept is never
// saved: that is done by the person, with the form's button. What is offered on a page is not kept over.

const EVERY = 3_000, PATIENCE = 4_000, ON_ITS_WAY = 10_000;
const NOT_KEPT = new Set(["csrfmiddlewaretoken", "typist", "action", "alt", "image", "snippet"]);

// A box of two people's texts stands for its field once somebody has worked in it.
function fieldsOf(form) {
  const merged = new Map([...form.elements].filter((box) => box.name.startsWith("merged-") && box.value !== box.defaultValue).map((box) => [box.name.slice(7), box.value]));
  return [...new FormData(form)]
    .filter(([name, value]) => !NOT_KEPT.has(name) && !name.startsWith("merged-") && typeof value === "string")
    .map(([name, value]) => [name, merged.get(name) ?? value]);
}

function read(key) {
  try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
}

// A full or forbidden store is told like no store at all: the line then says nothing of the browser.
function write(key, fields) {
  try { localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields })); return true; } catch { return false; }
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const written = (fields) => fields.filter(([name, value]) => value.trim() && !/^(version|base)$/.test(name)).map(([, value]) => value).join("\n\n");

// The page that comes may have been made before the server had what is on its way there: then the browser's copy is offered.
let leaving = false;
addEventListener("beforeunload", () => { leaving = true; setTimeout(() => { leaving = false; }, EVERY); });

class Keeper {
  constructor(template) {
    this.form = template.closest("form");
    this.line = this.form.querySelector(".keep-line");
    this.template = template.content;
    this.url = template.dataset.url;
    this.key = `typed:${template.dataset.person}:${template.dataset.keep}`;
    this.kept = fieldsOf(this.form);
    this.form.addEventListener("input", () => this.changed());
    for (const box of this.form.elements) if (box.name.startsWith("merged-")) box.addEventListener("input", () => this.changed());
    this.form.addEventListener("submit", () => this.sent());
    // A lid that closes, a tab that goes: there is no time to ask the server.
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.store(); });
    addEventListener("pagehide", () => this.store());
    if (template.dataset.fresh) this.offer();
  }

  say(what, time = "") {
    const words = `${this.template.querySelector(`[data-said=${what}]`).textContent} ${time}`.trim();
    if (this.line.textContent !== words) this.line.textContent = words;
  }

  changed() {
    this.timer ??= setTimeout(() => this.keep(), EVERY);
  }

  // What the server kept of an earlier time, and what this browser did, as long as nobody has taken them up or thrown them away.
  get offered() { return this.url && document.querySelector("section.offer [data-typed-at]"); }
  get slot() { return this.own?.isConnected ? `${this.key}~` : this.key; }

  // Into the browser, before anything can go wrong; taken out again when the server has it.
  store() {
    const fields = fieldsOf(this.form);
    return same(fields, this.kept) ? null : write(this.slot, fields) ? fields : null;
  }

  sent() {
    clearTimeout(this.timer);
    this.timer = -1; // nothing is kept after the form has gone: it would come after what was saved
    this.request?.abort();
    this.store();
  }

  async keep() {
    this.timer = undefined;
    const fields = fieldsOf(this.form);
    if (same(fields, this.kept)) return;
    const slot = this.slot, isStored = write(slot, fields);
    const said = this.offered ? { instead: "offered" } : await this.toServer(fields);
    if (this.timer === -1) return;
    if (said.at) {
      this.kept = fields;
      if (!leaving && same(read(slot)?.fields, fields)) localStorage.removeItem(slot);
      this.say("server", said.at);
      this.form.dispatchEvent(new CustomEvent("kept", { bubbles: true }));
    } else {
      if (isStored) this.say(said.instead ?? "browser");
      if (this.url) this.changed(); // the server may be back
    }
  }

  async toServer(fields, again = true) {
    if (!this.url) return { instead: "here" };
    this.request = new AbortController();
    const impatient = setTimeout(() => this.request.abort(), PATIENCE);
    try {
      const body = new URLSearchParams([...fields, ["csrfmiddlewaretoken", this.token.value]]);
      const answer = await fetch(this.url, { method: "POST", body, redirect: "error", signal: this.request.signal });
      if (answer.ok) return await answer.json();
      if (answer.status === 409) return { instead: "refused" };
      if (answer.status !== 403) return {};
      if (again && await this.renewed()) return await this.toServer(fields, false);
      return { instead: "out" };
    } catch {
      return {};
    } finally {
      clearTimeout(impatient);
    }
  }

  get token() { return this.form.querySelector("input[name=csrfmiddlewaretoken]"); }

  // Somebody who signed in again in another tab has another token by now.
  async renewed() {
    const answer = await fetch(this.url, { redirect: "error", signal: this.request.signal });
    if (!answer.ok) return false;
    const { token } = await answer.json();
    for (const box of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) box.value = token;
    return true;
  }

  // What this browser kept while the server was away goes there first; the page then tells of it, with the words that differ.
  async offer() {
    for (const key of [this.key, `${this.key}~`]) {
      const stored = read(key);
      if (!stored) continue;
      if (same(stored.fields.filter(([name]) => name !== "version"), this.kept.filter(([name]) => name !== "version"))) {
        localStorage.removeItem(key);
        continue;
      }
      const since = this.offered ? Date.parse(this.offered.dataset.typedAt) - stored.at : -1;
      if (since >= 0 && since < ON_ITS_WAY) { localStorage.removeItem(key); continue; } // it is what is offered
      // The server has one place: what is offered from there, or was just taken up, is not written over.
      const said = this.offered || document.querySelector("[data-taken-up]") ? {} : await this.toServer(stored.fields);
      if (said.at) {
        localStorage.removeItem(key);
        await this.showOffer();
      } else {
        this.offerHere(key, stored);
      }
    }
  }

  // From the piece's own address: after a refusal the page stands at one that only takes forms.
  async showOffer() {
    const page = new DOMParser().parseFromString(await (await fetch(this.form.getAttribute("action") || location.href)).text(), "text/html");
    const offer = page.querySelector("section.offer");
    if (offer) this.form.before(offer);
  }

  offerHere(key, stored) {
    const offer = this.template.querySelector("section").cloneNode(true);
    offer.querySelector("[data-at]").textContent = new Date(stored.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    offer.querySelector("[data-words]").textContent = written(stored.fields);
    offer.querySelector("[data-take]").addEventListener("click", () => { this.takeUp(stored.fields); offer.remove(); });
    offer.querySelector("[data-throw]").addEventListener("click", () => { localStorage.removeItem(key); offer.remove(); this.form.querySelector("textarea, input:not([type=hidden])")?.focus(); });
    this.own = offer;
    this.form.before(offer);
    for (let box = this.form.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  }

  takeUp(fields) {
    const byName = Map.groupBy ? Map.groupBy(fields, ([name]) => name) : fields.reduce((map, pair) => map.set(pair[0], [...(map.get(pair[0]) ?? []), pair]), new Map());
    for (const field of this.form.elements) {
      if (!field.name || NOT_KEPT.has(field.name) || field.type === "file" || field.tagName === "BUTTON") continue;
      const values = (byName.get(field.name) ?? []).map(([, value]) => value);
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else if (values.length) field.value = values[0];
    }
    for (const area of this.form.querySelectorAll("textarea")) area.dispatchEvent(new Event("input", { bubbles: true }));
    this.form.querySelector("textarea")?.focus();
  }
}

const known = new WeakSet();

export function start(root = document) {
  for (const template of root.querySelectorAll("template[data-keep]")) {
    if (!known.has(template)) { known.add(template); new Keeper(template); }
  }
}

start();
