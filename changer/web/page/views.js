// Views: parts of the one page, by the address's fragment. Each part names the views that it is in.

const VIEWS = ["library", "aisle", "history"];

export function startViews(onView) {
  const show = () => {
    const wanted = location.hash.slice(1);
    const view = VIEWS.includes(wanted) ? wanted : (document.body.dataset.view ?? VIEWS[0]);
    document.body.dataset.view = view;
    for (const each of VIEWS) {
      const link = document.getElementById(`to-${each}`);
      if (each === view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    for (const part of document.querySelectorAll("[data-in]"))
      part.hidden = !part.dataset.in.split(" ").includes(view);
    onView(view);
  };
  addEventListener("hashchange", show);
  show();
}

/** Show another view from the program. */
export function goToView(view) {
  if (document.body.dataset.view !== view) location.hash = view;
}
