// The page beside the text: drawn anew whenever what is typed has been kept, without losing the place that is being read.

async function redraw(frame) {
  const old = frame.contentDocument?.querySelector("main");
  if (!old) return; // not opened yet
  try {
    const answer = await fetch(frame.src, { redirect: "error" });
    const drawn = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    if (drawn) old.replaceWith(frame.contentDocument.adoptNode(drawn));
  } catch { /* the server is away; the line under the text says so */ }
}

document.addEventListener("kept", () => {
  for (const frame of document.querySelectorAll("details.beside[open] iframe")) redraw(frame);
});
for (const beside of document.querySelectorAll("details.beside")) {
  beside.addEventListener("toggle", () => { if (beside.open) redraw(beside.querySelector("iframe")); });
}
