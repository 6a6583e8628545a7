// The search of the index: words of mnemonics and semantics, or an instruction word whose row is wanted.
"use strict";
(function () {
  const field = document.getElementById("search");
  const output = document.getElementById("found");
  const rows = Array.from(document.querySelectorAll("tr[data-words]"));
  const sections = Array.from(document.querySelectorAll("section.family"));

  function matches(row, words) {
    const text = row.dataset.words + " " + row.dataset.text;
    return words.every((word) => text.includes(word));
  }

  function rank(row, word) {
    const names = row.dataset.words.split(" ");
    return names.includes(word) ? 0 : names.some((name) => name.startsWith(word)) ? 1 : 2;
  }

  function ofWord(word) {
    return rows.filter((row) => ((word & Number(row.dataset.mask)) >>> 0) === Number(row.dataset.match));
  }

  function link(row) {
    return row.querySelector("a").getAttribute("href");
  }

  function find(query) {
    if (/^(0x)?[0-9a-f]{8}$/.test(query)) {
      return ofWord(parseInt(query.replace("0x", ""), 16));
    }
    const words = query.split(/[\s,]+/).filter(Boolean);
    const found = rows.filter((row) => matches(row, words));
    const named = found.filter((row) => rank(row, words[0]) < 2);
    return words.length === 1 && named.length ? named.sort((a, b) => rank(a, words[0]) - rank(b, words[0])) : found;
  }

  function show() {
    const query = field.value.trim().toLowerCase();
    const found = query ? find(query) : rows;
    const shown = new Set(found);
    rows.forEach((row) => { row.hidden = !shown.has(row); });
    sections.forEach((one) => { one.hidden = !one.querySelector("tr[data-words]:not([hidden])"); });
    output.textContent = query ? found.length + (found.length === 1 ? " instruction" : " instructions") : "";
    field.dataset.first = query && found.length ? link(found[0]) : "";
  }

  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && field.dataset.first) { location.href = field.dataset.first; }
    if (event.key === "Escape") { field.value = ""; show(); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== field) { event.preventDefault(); field.focus(); }
  });
  show();
})();
