// What differs between a letter and the wording that will be printed, shown and kept up while somebody edits. The server
// compares; the words travel in a body. Without this the button sends the form and the page comes back with the same.

const WAIT = 400; // ms without a key

for (const box of document.querySelectorAll("[data-changed]")) {
  const button = box.querySelector("button"), place = box.querySelector("[data-place]"), said = box.querySelector("[role=status]");
  const form = box.closest("form"), field = form.elements.question;
  let shown = !place.hidden, timer, asking;

  const later = () => { clearTimeout(timer); if (shown) timer = setTimeout(compare, WAIT); };

  async function compare() {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const body = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value, question: field.value });
    if (!place.childElementCount) said.textContent = box.dataset.wait;
    try {
      const answer = await fetch(box.dataset.changed, { method: "POST", body, signal });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const html = await answer.text();
      if (signal.aborted) return;
      place.innerHTML = html;
      said.textContent = "";
    } catch {
      if (!signal.aborted) said.textContent = box.dataset.failed;
    }
  }

  function turn(on) {
    shown = on;
    place.hidden = !on;
    button.setAttribute("aria-expanded", String(on));
    if (on) compare(); else { asking?.abort(); clearTimeout(timer); said.textContent = ""; }
  }

  button.type = "button"; // else Enter in another field would press it
  place.id = `${field.id}_changed`;
  button.setAttribute("aria-controls", place.id);
  button.setAttribute("aria-expanded", String(shown));
  button.addEventListener("click", () => turn(!shown));
  field.addEventListener("input", later);
}
