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
