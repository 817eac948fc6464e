// Every minute, while the page is looked at, the strip that says how many urgent letters nobody has seen is read again, with
// the clocks in the queue. Spoken is only that there are more of them. Without this script they are as the page came.

const EVERY = 60_000;
const strip = document.querySelector("[data-alarm]"), said = document.querySelector("[data-alarm-said]");
const count = () => Number(strip.querySelector(".alarm")?.dataset.count ?? 0);

async function look() {
  const answer = await fetch(strip.dataset.alarm, { redirect: "error" });
  if (!answer.ok) return;
  const before = count(), within = strip.contains(document.activeElement);
  strip.innerHTML = await answer.text();
  if (within) strip.querySelector("a")?.focus();
  for (const { value, textContent } of strip.querySelectorAll("data")) {
    const clock = document.querySelector(`[data-clock="${CSS.escape(value)}"]`);
    if (clock) clock.textContent = textContent;
  }
  if (count() > before) said.textContent = strip.querySelector(".alarm a").textContent;
}

// A line that is broken, or a session that has ended, is asked again a minute later: nothing here keeps either alive.
if (strip) setInterval(() => { if (!document.hidden) look().catch(() => {}); }, EVERY);
