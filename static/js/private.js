// A private page that comes back out of the browser's memory (Back, after it was closed or erased) is asked for anew: only
// the server knows who may still see it. It is hidden as it is left, so that nothing of it shows before.
const root = document.documentElement;

function hasTyped() {
  const fields = [...document.querySelectorAll("main :is(textarea, input:not([type=hidden]))")];
  return fields.some((field) => field.value !== field.defaultValue);
}

async function isOpen() {
  try {
    const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" });
    return answer.ok && !answer.redirected;
  } catch {
    return false;
  }
}

addEventListener("pagehide", () => {
  root.hidden = true;
});
addEventListener("pageshow", async ({ persisted }) => {
  if (!persisted) return;
  // What somebody was writing on a page of theirs is nowhere else.
  if (hasTyped() && (await isOpen())) root.hidden = false;
  else location.replace(location.pathname + location.search); // a reload would post a form again
});
