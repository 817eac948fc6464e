// Suggestions under a search box while somebody types in it: topics and headlines. site.js fetches this with the first
// focus of a box; all texts come from the form. The pattern is the ARIA combobox with a list of its own.
(() => {
  const WAIT = 120; // ms without a key
  let number = 0;

  function attach(form) {
    const box = form.querySelector("input[type=search]");
    const id = `suggestions-${++number}`;
    const list = Object.assign(document.createElement("ul"), { id, className: "suggestions", hidden: true });
    const said = Object.assign(document.createElement("p"), { className: "unseen" });
    const known = new Map();
    let items = [];
    let active = -1;
    let timer;
    let asking;

    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", form.dataset.name);
    said.setAttribute("role", "status");
    form.append(list, said);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id,
    })) box.setAttribute(name, value);

    function choose(place) {
      active = place;
      [...list.children].forEach((option, own) => option.setAttribute("aria-selected", String(own === place)));
      const option = list.children[place];
      if (option) {
        box.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      } else box.removeAttribute("aria-activedescendant");
    }

    function close() {
      clearTimeout(timer);
      asking?.abort();
      list.hidden = true;
      box.setAttribute("aria-expanded", "false");
      choose(-1);
    }

    function show(fresh) {
      items = fresh;
      list.replaceChildren(...items.map(({ kind, label }, own) => {
        const option = document.createElement("li");
        option.id = `${id}-${own}`;
        option.setAttribute("role", "option");
        if (kind === "tag") option.append(
          Object.assign(document.createElement("span"), { className: "kind", textContent: form.dataset.topic }), " ");
        option.append(label);
        return option;
      }));
      choose(-1);
      list.hidden = !items.length;
      box.setAttribute("aria-expanded", String(!list.hidden));
      said.textContent = items.length ? form.dataset.count.replace("{count}", items.length) : "";
    }

    async function ask() {
      asking?.abort();
      const q = box.value.trim();
      if (q.length < 2) return close();
      asking = new AbortController();
      const { signal } = asking;
      try {
        if (!known.has(q)) {
          const address = `${form.dataset.suggest}?${new URLSearchParams({ q: q.slice(0, 100) })}`;
          const answer = await fetch(address, { signal });
          if (!answer.ok) throw new Error(answer.status);
          known.set(q, (await answer.json()).items);
        }
        if (!signal.aborted && document.activeElement === box) show(known.get(q));
      } catch {
        if (!signal.aborted) close(); // the box is still a box
      }
    }

    function later() {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT);
    }

    box.addEventListener("input", later);
    box.addEventListener("blur", close);
    form.addEventListener("submit", close);
    box.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const { key } = event;
      if (key === "ArrowDown" && list.hidden) ask();
      else if (list.hidden) return;
      else if (key === "ArrowDown") choose(active + 1 < items.length ? active + 1 : -1);
      else if (key === "ArrowUp") choose(active < 0 ? items.length - 1 : active - 1);
      else if (key === "Escape") close();
      else if (key === "Enter" && active >= 0) location.assign(items[active].url);
      else return;
      event.preventDefault();
    });
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the box
    list.addEventListener("click", (event) => {
      const place = [...list.children].indexOf(event.target.closest("li"));
      if (place >= 0) location.assign(items[place].url);
    });
    if (box.value.trim() && document.activeElement === box) later(); // typed before this came
  }

  for (const form of document.querySelectorAll("form[data-suggest]")) attach(form);
})();
