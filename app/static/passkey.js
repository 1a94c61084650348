/* Passkeys: a button asks the browser for a key and sends the form with its answer, all bytes as base64url. */
(() => {
  const { each } = ecrime;

  const toBytes = text => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), one => one.charCodeAt(0));
  const toText = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

  /* Returns the options of the page with bytes instead of text. */
  function readOptions(text) {
    const options = JSON.parse(text);
    options.challenge = toBytes(options.challenge);
    if (options.user) options.user.id = toBytes(options.user.id);
    for (const key of [...options.allowCredentials ?? [], ...options.excludeCredentials ?? []]) key.id = toBytes(key.id);
    return options;
  }

  function writeAnswer({ id, rawId, type, response }) {
    const answer = { clientDataJSON: toText(response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) answer[name] = toText(response[name]);
    }
    return JSON.stringify({ id, rawId: toText(rawId), type, response: answer });
  }

  each("[data-passkey]", button => {
    if (!window.PublicKeyCredential) return;
    const failure = button.nextElementSibling;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const publicKey = readOptions(button.dataset.passkey);
      failure.hidden = true;
      button.disabled = true;
      try {
        const answer = await navigator.credentials[publicKey.user ? "create" : "get"]({ publicKey });
        button.form.elements.passkey.value = writeAnswer(answer);
        button.form.submit();
      } catch {
        failure.hidden = false; // no key, cancelled, or not allowed on this page
        button.disabled = false;
      }
    });
  });
})();
