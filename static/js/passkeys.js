// Passkeys (WebAuthn): the browser is asked, and its answer goes with the form. Without this, and in browsers that cannot,
// the forms stay hidden and the other ways in are there.

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const listed = (keys) => keys?.map((key) => ({ ...key, id: toBytes(key.id) }));

// As PublicKeyCredential.parse…FromJSON and toJSON do, which not every browser has.
const toCreate = ({ publicKey: o }) => ({ ...o, challenge: toBytes(o.challenge), user: { ...o.user, id: toBytes(o.user.id) }, excludeCredentials: listed(o.excludeCredentials) });
const toGet = ({ publicKey: o }) => ({ ...o, challenge: toBytes(o.challenge), allowCredentials: listed(o.allowCredentials) });

function told(credential) {
  const response = { clientDataJSON: toText(credential.response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (part === "authenticatorData" && credential.response.attestationObject) continue; // it is inside
    if (credential.response[part]) response[part] = toText(credential.response[part]);
  }
  const transports = credential.response.getTransports?.();
  if (transports) response.transports = transports;
  const { id, type, authenticatorAttachment } = credential;
  return JSON.stringify({ id, rawId: toText(credential.rawId), type, authenticatorAttachment, response, clientExtensionResults: credential.getClientExtensionResults() });
}

async function create(form) {
  const options = toCreate(JSON.parse(form.querySelector("script").textContent));
  const alone = form.elements.passwordless.checked;
  const chosen = { ...options.authenticatorSelection, residentKey: alone ? "required" : "discouraged", requireResidentKey: alone };
  if (alone) chosen.userVerification = "required";
  return navigator.credentials.create({ publicKey: { ...options, authenticatorSelection: chosen } });
}

async function use(form) {
  const kept = form.querySelector("script");
  if (kept) return navigator.credentials.get({ publicKey: toGet(JSON.parse(kept.textContent)) });
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  return navigator.credentials.get({ publicKey: toGet((await answer.json()).request_options) });
}

for (const form of window.PublicKeyCredential ? document.querySelectorAll("[data-passkey]") : []) {
  const button = form.querySelector("button"), trouble = form.querySelector("[data-trouble]");
  form.hidden = false;
  for (const note of document.querySelectorAll("[data-no-passkeys]")) note.hidden = true;

  const ask = async () => {
    if (!form.reportValidity()) return;
    trouble.hidden = true;
    button.disabled = true;
    try {
      form.elements.credential.value = told(await (form.dataset.passkey === "add" ? create : use)(form));
      form.submit();
    } catch (error) {
      const why = { SecurityError: "name", InvalidStateError: "known" }[error.name] ?? "stopped";
      trouble.textContent = trouble.dataset[why];
      trouble.hidden = false;
      button.disabled = false;
    }
  };
  button.addEventListener("click", ask);
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(); }); // Enter in the name
}
