// When somebody begins to write: the page may come from a cache, so only the server's clock at this moment says it.
// Without an answer the stamp of the page stays, and the letter goes all the same.
const stamp = document.querySelector("[data-stamp]");
const form = stamp?.form;

async function begin() {
  try {
    const answer = await fetch(stamp.dataset.stamp, { cache: "no-store", credentials: "omit" });
    if (answer.ok) stamp.value = await answer.text();
  } catch {
    // away from the network
  }
}

form?.addEventListener("focusin", begin, { once: true });
