"use strict";
const menu = document.getElementById("menu");
const wide = matchMedia("(min-width: 52.01rem)");
const fit = () => { menu.open = wide.matches; };
fit();
wide.addEventListener("change", fit);
menu.querySelector("summary").addEventListener("click", (event) => { if (wide.matches) event.preventDefault(); });
menu.addEventListener("click", (event) => { if (event.target.closest("a") && !wide.matches) menu.open = false; });

const search = menu.querySelector("input");
search.hidden = false;
search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/);
  for (const entry of document.querySelectorAll("[data-search]")) {
    entry.hidden = !words.every((word) => entry.dataset.search.includes(word));
  }
});

for (const figure of document.querySelectorAll("figure.code")) {
  const button = figure.querySelector("button");
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(figure.querySelector("code").textContent);
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
}

const show = () => {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
};
addEventListener("hashchange", show);
show();

const links = new Map([...menu.querySelectorAll("li a")].map((link) => [link.hash.slice(1), link]));
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) {
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }
}, { rootMargin: "0px 0px -80% 0px" });
for (const call of document.querySelectorAll(".call")) seen.observe(call);
