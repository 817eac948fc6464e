// A saved reply goes into its form's text at once. Without this its button sends the form, and the page comes back with it.

for (const button of document.querySelectorAll("[data-insert]")) {
  button.type = "button";
  button.addEventListener("click", () => {
    const field = button.form.querySelector("textarea");
    const typed = field.value.trimEnd();
    field.value = typed ? `${typed}\n\n${button.dataset.insert}` : button.dataset.insert;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  });
}
