// The token that some servers want: from the address, or asked for; kept until the tab is closed, sent in a header.

const KEY = "changer-token";
let token = null;

function kept() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // storage is switched off
  }
}

function keep(given) {
  token = given;
  try {
    sessionStorage.setItem(KEY, given);
  } catch {
    // It is asked for again when the page is loaded again.
  }
}

/** Take it from the fragment of the address, #token=..., where nobody is to see it any longer. */
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!given) return;
  keep(given);
  history.replaceState(null, "", location.pathname + location.search);
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
    keep(form.elements.token.value.trim());
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
