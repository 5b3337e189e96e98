"use strict";
// Searches the documents that are on the page. Without this script they are read by opening their lists.
(() => {
  const form = document.getElementById("search");
  if (!form) return;
  const words = document.getElementById("words");
  const found = document.getElementById("found");
  const fold = (text) => text.normalize("NFKC").toLowerCase();
  const lists = [...document.querySelectorAll("details.documents")].map((details) => {
    const count = details.querySelector(".count");
    return {
      details,
      count,
      said: count.textContent,
      place: details.closest("section"),
      items: [...details.querySelectorAll("ol > li")].map((item) => ({ item, text: null })),
      wasOpen: null,
    };
  });

  const holds = (entry, wanted) => {
    entry.text ??= fold(entry.item.textContent);
    return wanted.every((word) => entry.text.includes(word));
  };

  const restore = () => {
    document.body.classList.remove("searching");
    found.textContent = "";
    for (const list of lists) {
      list.count.textContent = list.said;
      for (const entry of list.items) entry.item.hidden = false;
      if (list.wasOpen !== null) list.details.open = list.wasOpen;
      list.wasOpen = null;
    }
  };

  const search = () => {
    const wanted = fold(words.value).split(/\s+/).filter(Boolean);
    if (wanted.length === 0) return restore();
    document.body.classList.add("searching");
    for (const place of document.querySelectorAll(".hit")) place.classList.remove("hit");
    // A document that stands in a cluster and in a part of it is one document.
    const rows = new Set();
    for (const list of lists) {
      let hits = 0;
      for (const entry of list.items) {
        const hit = holds(entry, wanted);
        entry.item.hidden = !hit;
        if (!hit) continue;
        hits += 1;
        rows.add(entry.item.dataset.row);
      }
      list.wasOpen ??= list.details.open;
      list.details.open = hits > 0;
      list.details.classList.toggle("hit", hits > 0);
      list.count.textContent = `${hits} of ${list.items.length} found`;
      if (hits > 0 && list.place) list.place.classList.add("hit");
    }
    found.textContent = rows.size === 0 ? "None holds these words." : `${rows.size} found`;
  };

  let waiting;
  words.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 150);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  form.hidden = false;
})();
