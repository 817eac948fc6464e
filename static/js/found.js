// The search page with htmx: where the focus goes, what is said, and what happens where the server does not answer.
// Without any of it the box is a form and the filters are links.
(() => {
  const form = document.getElementById("search-form");
  const said = document.getElementById("said");
  const found = () => document.getElementById("found");
  const box = form.querySelector("input[type=search]");
  let follow = ""; // the address of a link that is being followed in place

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
    } else said.textContent = news();
    follow = "";
  });
  for (const name of ["sendError", "responseError", "timeout"]) document.addEventListener(`htmx:${name}`, failed);

  // Return, when the answers for these words stand there already: to them. Otherwise the form is sent as any other.
  form.addEventListener("submit", (event) => {
    if (found().ariaBusy === "true" || found().dataset.q !== box.value.trim() || !box.value.trim()) return;
    if (said.className !== "unseen") return;
    const count = document.getElementById("count");
    if (!count) return;
    event.preventDefault();
    count.focus();
  });
})();
