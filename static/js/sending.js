// While an issue is being sent its numbers are read again every two seconds, and now and then before it leaves or while it
// is paused; without this script there is a link. The page says after how many seconds.

const SAY_AGAIN = 30_000, LONGEST = 120;
const box = document.querySelector("[data-live]"), said = document.getElementById("said");
let spokenAt = Date.now(), misses = 0;

const standing = () => box.firstElementChild.dataset;

async function look() {
  const answer = await fetch(box.dataset.live, { redirect: "error" });
  if (!answer.ok) throw new Error(answer.status);
  const before = standing().state;
  box.innerHTML = await answer.text();
  // Other buttons belong to another state, so the whole page comes anew.
  if (standing().state !== before) return location.reload();
  if (Date.now() - spokenAt >= SAY_AGAIN) {
    said.textContent = standing().said;
    spokenAt = Date.now();
  }
}

async function watch() {
  try {
    if (!document.hidden) await look();
    misses = 0;
  } catch {
    // The line broke, the server is being started anew, or somebody signed out: asked again, ever less often.
    misses += 1;
  }
  wait();
}

function wait() {
  const seconds = Number(standing().again);
  if (seconds) setTimeout(watch, Math.min(seconds * 2 ** misses, LONGEST) * 1_000);
}

wait();
