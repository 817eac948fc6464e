// The search page with htmx: where the focus goes, what is said, and what happens where the server does not answer.
// Without any of it the box is a form and the filters are links.
(() => {
  const form = document.getElementById("search-form");
  const said = document.getElementById("said");
  const found = () => document.getElementById("found");
  const box = form.querySelector("input[type=search]");
  const REST = 2500; // ms that answers stand before they are what was searched for
  let follow = ""; // the address of a link that is being followed in place
  let counted = found().dataset.q; // words whose page came whole
  let rest;

  // What a screen reader says of the new answers: their number, or that there are none.
  const news = () => document.querySelector("#count > p")?.textContent.trim() ?? "";

  function failed({ detail }) {
    const { elt } = detail;
    if (elt.href) location.assign(elt.href);
    else {
      said.textContent = said.dataset.stale;
      said.className = "found";
    }
  }

  // The desk learns what is searched for and not found, but nothing of what is shown between two keys. So the page is
  // asked for once as a form would, when somebody stops at these words: where it is counted, it is counted there.
  function count() {
    clearTimeout(rest);
    const { q } = found().dataset;
    if (!q || q === counted || q !== box.value.trim()) return;
    counted = q;
    fetch(location.href).catch(() => {});
  }

  // Only the address may be shown again by Back, and that is fetched whole: nothing of a search is kept in the browser.
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    follow = detail.elt.href ?? "";
    found().setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterRequest", () => found().removeAttribute("aria-busy"));
  document.addEventListener("htmx:afterSwap", () => {
    said.className = "unseen";
    if (follow) {
      if (box.value.trim() !== found().dataset.q) box.value = found().dataset.q; // what was meant stands there now
      document.getElementById("count")?.focus();
    } else {
      said.textContent = news();
      clearTimeout(rest);
      rest = setTimeout(count, REST);
    }
    follow = "";
  });
  for (const name of ["sendError", "responseError", "timeout"]) document.addEventListener(`htmx:${name}`, failed);

  // Return, when the answers for these words stand there already: to them. Otherwise the form is sent as any other.
  form.addEventListener("submit", (event) => {
    if (found().ariaBusy === "true" || found().dataset.q !== box.value.trim() || !box.value.trim()) return;
    if (said.className !== "unseen") return;
    const answers = document.getElementById("count");
    if (!answers) return;
    event.preventDefault();
    answers.focus();
    count();
  });
})();
