// Light and dark: as the system has it, unless the viewer chose.

const KEY = "changer-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

function stored() {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return ""; // storage is switched off
  }
}

export function startTheme(select) {
  const apply = () => {
    document.documentElement.dataset.theme = select.value || (system.matches ? "dark" : "light");
  };
  select.value = stored();
  select.addEventListener("change", () => {
    try {
      localStorage.setItem(KEY, select.value);
    } catch {
      // It lasts as long as the page, then.
    }
    apply();
  });
  system.addEventListener("change", apply);
  apply();
}
