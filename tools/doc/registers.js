// The search of the registers: words of names, fields and texts, or an address whose register and instance are wanted.
"use strict";
(function () {
  const field = document.getElementById("search");
  const output = document.getElementById("found");
  const registers = Array.from(document.querySelectorAll("section.register"));
  const groups = Array.from(document.querySelectorAll("section.family"));

  // Which instance has an address: the value of each part of its coordinate, or null.
  function digits(address, place) {
    let rest = address - place.lowest;
    const found = {};
    for (const [part, count, stride, divisor, backwards] of place.levels) {
      const digit = Math.floor(rest / stride);
      if (rest < 0 || digit >= count) { return null; }
      rest -= digit * stride;
      found[part] = (found[part] || 0) + (backwards ? count - 1 - digit : digit) * divisor;
    }
    return rest === 0 ? found : null;
  }

  function located(register, address) {
    for (const place of JSON.parse(register.dataset.places)) {
      const found = digits(address, place);
      if (found) {
        const parts = Object.keys(found).map((part) => part + " " + found[part]);
        return [place.space, "word " + place.word].concat(parts).join(", ");
      }
    }
    return "";
  }

  function address(query) {
    return /^0x[0-9a-f]+$/.test(query) ? parseInt(query, 16) : /^\d+$/.test(query) ? Number(query) : -1;
  }

  function rank(register, query) {
    const name = register.id.toLowerCase();
    return name === query ? 0 : name.startsWith(query) ? 1 : name.includes(query) ? 2 : 3;
  }

  function show() {
    const query = field.value.trim().toLowerCase();
    const words = query.split(/\s+/).filter(Boolean);
    const number = address(query);
    let found = [];
    registers.forEach((one) => {
      const where = number >= 0 ? located(one, number) : "";
      const shown = !query || (number >= 0 ? where : words.every((word) => one.dataset.text.includes(word)));
      one.hidden = !shown;
      const line = one.querySelector(".where");
      line.hidden = !where;
      line.textContent = where;
      if (shown) { found.push(one); }
    });
    groups.forEach((one) => { one.hidden = !one.querySelector("section.register:not([hidden])"); });
    found.sort((a, b) => rank(a, query) - rank(b, query));
    output.textContent = query ? found.length + (found.length === 1 ? " register" : " registers") : "";
    field.dataset.first = query && found.length ? found[0].id : "";
  }

  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && field.dataset.first) { location.hash = field.dataset.first; }
    if (event.key === "Escape") { field.value = ""; show(); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== field) { event.preventDefault(); field.focus(); }
  });
  show();
})();
