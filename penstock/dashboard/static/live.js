// Replaces parts of a page when the server sends them. Without JavaScript the page is loaded again instead.
"use strict";

function replace(part, markup) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const place = focused && { href: focused.getAttribute("href"), label: focused.getAttribute("aria-label") };
  const scrolled = [...part.querySelectorAll(".wide")].map((each) => each.scrollLeft);
  part.innerHTML = markup;
  [...part.querySelectorAll(".wide")].forEach((each, at) => { each.scrollLeft = scrolled[at] ?? 0; });
  if (!place) return;
  const same = [...part.querySelectorAll("a, [tabindex]")].find((each) =>
    place.href ? each.getAttribute("href") === place.href : each.getAttribute("aria-label") === place.label);
  if (same) same.focus({ preventScroll: true });
}

for (const part of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(part.dataset.live);
  let ended = false;
  source.addEventListener("part", (event) => { replace(part, event.data); });
  source.addEventListener("end", () => {
    if (ended) return;
    ended = true;
    source.close();
    // What follows from the end of a run is on other parts of its page.
    if (part.dataset.reload !== undefined) window.location.reload();
  });
}

// A command that was started from the page still runs: its result is on the page when it has ended.
for (const part of document.querySelectorAll("[data-again]")) {
  setTimeout(() => window.location.reload(), Number(part.dataset.again));
}
