// Loaded in the head and blocking, so that a chosen theme stands before the first line is drawn.
(() => {
  const ORDER = ["auto", "light", "dark"];
  const root = document.documentElement;
  // What browsers colour their own edges with: on the page first the light one, then the dark one.
  const edges = [...document.querySelectorAll("meta[name=theme-color]")];
  const colours = edges.map((edge) => edge.content);
  let theme = "auto";
  try {
    theme = localStorage.getItem("theme") || "auto";
  } catch {
    // storage may be closed to us; then the choice holds for this page
  }

  function show() {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    edges.forEach((edge, own) => {
      edge.content = colours[theme === "auto" ? own : ORDER.indexOf(theme) - 1];
    });
    for (const button of document.querySelectorAll("[data-theme-switch]")) button.textContent = button.dataset[theme];
  }

  if (!ORDER.includes(theme)) theme = "auto";
  root.classList.add("js");
  show();
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-switch]")) return;
    theme = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
    try {
      if (theme === "auto") localStorage.removeItem("theme");
      else localStorage.setItem("theme", theme);
    } catch {
      // as above
    }
    show();
  });
})();

// A draft of a letter that somebody had kept on this device (asking.js) is forgotten when its time is over.
try {
  const draft = localStorage.getItem("draft");
  if (draft && !(JSON.parse(draft)?.until > Date.now())) localStorage.removeItem("draft");
} catch {
  // storage may be closed to us, or somebody else's text stands there
}

// A row that is wider than the screen moves so far that the link with the focus is whole; Chromium leaves it at 32 pixels.
document.addEventListener("focusin", ({ target }) => {
  if (target.closest?.(".masthead nav") && target.matches(":focus-visible"))
    target.scrollIntoView({ block: "nearest", inline: "nearest" });
});

// What reading gains from a script: links to copy, the device's own way to share, and votes that stay on the page. All
// texts come from the page; without this the votes are pages of their own, and sharing is a mail.
(() => {
  const { classList } = document.documentElement;
  if (navigator.clipboard) classList.add("can-copy");
  if (navigator.share) classList.add("can-share");
  const row = () => document.querySelector("[data-share]");

  async function copy(button) {
    const { address, copied } = row().dataset;
    try {
      await navigator.clipboard.writeText(address + button.dataset.copy);
    } catch {
      return; // not allowed here; the address can still be copied by hand
    }
    const said = document.querySelector("[data-said]");
    button.dataset.label ??= button.textContent;
    button.textContent = button.dataset.done;
    said.textContent = copied;
    setTimeout(() => {
      button.textContent = button.dataset.label;
      said.textContent = "";
    }, 3000);
  }

  function share() {
    const { title, address } = row().dataset;
    navigator.share({ title, url: address }).catch(() => {}); // they thought better of it
  }

  // The style sheet has kept the place beside each heading free, so nothing moves when its button comes.
  function headings() {
    if (!row() || !navigator.clipboard) return;
    for (const heading of document.querySelectorAll(".prose :is(h3,h4,h5,h6)[id]")) {
      const box = document.createElement("div");
      const button = document.createElement("button");
      box.className = "heading";
      Object.assign(button, { type: "button", className: "link-here", textContent: "#" });
      Object.assign(button.dataset, { copy: `#${encodeURIComponent(heading.id)}`, done: "✓" });
      button.setAttribute("aria-label", row().dataset.heading.replace("{heading}", () => heading.textContent));
      heading.replaceWith(box);
      box.append(heading, button);
    }
  }

  async function press(form, button) {
    const { inPlace } = form.dataset;
    const said = new URLSearchParams(new FormData(form));
    if (button?.name) said.append(button.name, button.value);
    form.dataset.busy = "";
    try {
      const answer = await fetch(form.action, { method: "POST", body: said });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(inPlace);
      if (!fresh) throw new Error("not the page that was expected");
      document.getElementById(inPlace).replaceWith(fresh);
      fresh.querySelector("[tabindex]").focus();
    } catch {
      delete form.dataset.inPlace; // then as if there were no script: twice sent is counted once
      setTimeout(() => form.requestSubmit(button)); // not while this submission is still being told of
    }
  }

  document.addEventListener("DOMContentLoaded", headings);
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-copy],[data-share-now]");
    if (!button || !row()) return;
    if ("shareNow" in button.dataset) share();
    else copy(button);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("inPlace" in form.dataset)) return;
    event.preventDefault();
    if (!("busy" in form.dataset)) press(form, event.submitter);
  });
})();

// The search boxes: "/" leads to the one of the page, Escape out of it, and with its first focus come the suggestions.
// A single key must be possible to switch off (WCAG 2.1.4): the button for it stands on the search page.
(() => {
  let isOff = false;
  try {
    isOff = localStorage.getItem("slash") === "off";
  } catch {
    // as with the theme
  }

  function show() {
    for (const button of document.querySelectorAll("[data-slash-switch]"))
      button.textContent = isOff ? button.dataset.off : button.dataset.on;
  }

  const typing = (node) => node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName);
  const seen = (node) => node.getClientRects().length > 0;

  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-slash-switch]")) return;
    isOff = !isOff;
    try {
      if (isOff) localStorage.setItem("slash", "off");
      else localStorage.removeItem("slash");
    } catch {
      // then it holds for this page
    }
    show();
  });
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (key === "Escape" && target.matches?.(".search input[type=search]")) {
      event.preventDefault(); // a browser would empty the box
      target.blur();
    } else if (key === "/" && !isOff && !event.repeat && !typing(target)) {
      const box = [...document.querySelectorAll(".search input[type=search]")].reverse().find(seen);
      const link = document.querySelector(".search-link");
      if (!box && !link) return;
      event.preventDefault();
      if (box) {
        box.focus();
        box.select();
      } else link.click(); // on a narrow screen the box has a page of its own
    }
  });
  document.addEventListener("focusin", ({ target }) => {
    const form = target.closest?.("form[data-suggest]");
    if (!form || document.querySelector("script[data-of-boxes]")) return;
    const script = Object.assign(document.createElement("script"), { src: form.dataset.script });
    script.dataset.ofBoxes = "";
    document.head.append(script);
  });
})();
