// The Markdown editor: what django-markdownx's own script leaves out, or does wrongly.

const text = (name, node) => node.querySelector(name);

function token(box) {
  return box.closest("form").querySelector("input[name=csrfmiddlewaretoken]").value;
}

// Where the cursor was, or at the end of a text that nobody has touched; a picture is a paragraph of its own.
function insert(editor, code) {
  const [from, to] = "touched" in editor.dataset ? [editor.selectionStart, editor.selectionEnd] : [editor.value.length, editor.value.length];
  const before = editor.value.slice(0, from).trimEnd(), after = editor.value.slice(to).trimStart();
  const start = before ? `${before}\n\n${code}` : code;
  editor.value = `${start}\n\n${after}`;
  editor.setSelectionRange(start.length + 2, start.length + 2);
  editor.dispatchEvent(new Event("input", { bubbles: true }));
}

async function upload(box, editor, status) {
  const file = text("input[type=file]", box), alt = text("input[name=alt]", box);
  if (!file.files.length) { status.textContent = "Choose a picture first."; file.focus(); return; }
  if (!alt.value.trim()) { status.textContent = "Say what the picture shows, for those who cannot see it."; alt.focus(); return; }
  const data = new FormData();
  data.append("csrfmiddlewaretoken", token(box));
  data.append("image", file.files[0]);
  data.append("alt", alt.value);
  status.textContent = "Sending the picture …";
  try {
    const headers = { "X-Requested-With": "XMLHttpRequest" };
    const answer = await fetch(editor.dataset.markdownxUploadUrlsPath, { method: "POST", body: data, headers });
    const found = await answer.json();
    if (!answer.ok) { status.textContent = found.error; return; }
    insert(editor, found.image_code);
    file.value = alt.value = "";
    text("details.picture", box).open = false;
    status.textContent = "The picture stands in the text.";
    editor.focus();
  } catch {
    status.textContent = "The picture did not arrive. Please try again.";
  }
}

// A picture that is dropped or pasted waits in the form's own field until somebody has said what it shows.
function take(box, files, status) {
  const field = text("input[type=file]", box), picture = [...files].find((file) => file.type.startsWith("image/"));
  if (!picture) { status.textContent = "Only pictures can stand in a text."; return; }
  const one = new DataTransfer();
  one.items.add(picture);
  field.files = one.files;
  text("details.picture", box).open = true;
  status.textContent = `${files.length > 1 ? "One picture at a time. " : ""}Say what the picture shows, for those who cannot see it; then add it.`;
  text("input[name=alt]", box).focus();
}

for (const box of document.querySelectorAll(".markdownx")) {
  const editor = text("textarea", box), status = text(".editor-status", box);
  // markdownx turns Tab into a character and so traps whoever works by keyboard; Tab leaves the editor.
  box.addEventListener("keydown", (event) => { if (event.key === "Tab") event.stopPropagation(); }, true);
  // markdownx would send a dropped file at once, with no word of what it shows.
  for (const [event, of] of [["drop", "dataTransfer"], ["paste", "clipboardData"]]) {
    box.addEventListener(event, (happened) => {
      const files = happened[of]?.files ?? [];
      if (!files.length || !text("input[type=file]", box)) return;
      happened.preventDefault();
      happened.stopPropagation();
      take(box, files, status);
    }, true);
  }
  box.addEventListener("markdownx.fileUploadError", (event) => {
    status.textContent = event.detail?.[0]?.error ?? "The picture did not arrive.";
    // It writes “Invalid response” into the text right after this; take it out again.
    const before = editor.value;
    queueMicrotask(() => { editor.value = before; });
  });
  editor.addEventListener("focus", () => { editor.dataset.touched = ""; });
  // Enter in another field presses a form's first submitting button (disabled, it presses none): that is to be its verb.
  for (const button of box.querySelectorAll("[data-without-script]")) { button.hidden = true; button.type = "button"; }
  const place = text("[data-insert-snippet]", box);
  if (place) {
    place.type = "button";
    place.addEventListener("click", () => {
      insert(editor, `{{${text("select[name=snippet]", box).value}}}`);
      text("details.snippets", box).open = false;
      status.textContent = "The snippet stands in the text.";
      editor.focus();
    });
  }
  const add = text("[data-upload]", box);
  if (add) {
    add.type = "button";
    add.addEventListener("click", () => upload(box, editor, status));
  }
}
