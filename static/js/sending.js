// While an issue is being sent its numbers are read again every two seconds, and now and then before it leaves; without
// this script there is a link. The page says after how many seconds.

const SAY_AGAIN = 30_000;
const box = document.querySelector("[data-live]"), said = document.getElementById("said");
let spokenAt = Date.now();

const standing = () => box.firstElementChild.dataset;

async function look() {
  if (document.hidden) return true;
  const answer = await fetch(box.dataset.live, { redirect: "error" });
  if (!answer.ok) return false;
  const before = standing().state;
  box.innerHTML = await answer.text();
  // Other buttons belong to another state, so the whole page comes anew.
  if (standing().state !== before) { location.reload(); return false; }
  if (Date.now() - spokenAt >= SAY_AGAIN) {
    said.textContent = standing().said;
    spokenAt = Date.now();
  }
  return true;
}

async function watch() {
  let goes = true;
  try {
    goes = await look();
  } catch {
    // The line broke, or somebody signed out: the next try tells, and the link is there.
  }
  if (goes) wait();
}

function wait() {
  const seconds = Number(standing().again);
  if (seconds) setTimeout(watch, seconds * 1_000);
}

wait();
