// The token that some servers want: asked for once, kept while this window is open, sent in a header.

const KEY = "changer-token";
let token = null;

function kept() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // storage is switched off
  }
}

/** Headers that show the token, if there is one. */
export function tokenHeaders() {
  token ??= kept();
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** Ask with the form for a token, as soon as the server wants one. */
export function askForToken(form, onToken) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    token = form.elements.token.value.trim();
    try {
      sessionStorage.setItem(KEY, token);
    } catch {
      // It is asked for again when the page is loaded again.
    }
    form.elements.token.value = "";
    form.hidden = true;
    onToken();
  });
  return () => {
    if (!form.hidden) return;
    form.hidden = false;
    form.elements.token.focus();
  };
}
