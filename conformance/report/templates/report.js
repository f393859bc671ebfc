// Adds to a page that is complete without it: the document's language, a text filter, unfolded details in print.
"use strict";
(function () {
  const languages = document.querySelectorAll("input[name=language]");
  const tell = function () {
    const chosen = document.querySelector("input[name=language]:checked");
    document.documentElement.lang = chosen && chosen.value === "zh" ? "zh-Hans" : "en";
  };
  languages.forEach(function (input) { input.addEventListener("change", tell); });
  tell();

  const search = document.getElementById("search");
  if (search) {
    search.closest("[hidden]").hidden = false;
    search.addEventListener("input", function () {
      const wanted = search.value.trim().toLowerCase();
      document.querySelectorAll(".list tbody tr").forEach(function (row) {
        row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
      });
    });
  }

  let folded = [];
  window.addEventListener("beforeprint", function () {
    folded = Array.from(document.querySelectorAll("details:not([open])")).filter(function (d) {
      return !d.closest(".exchanges, .facts");
    });
    folded.forEach(function (d) { d.open = true; });
  });
  window.addEventListener("afterprint", function () {
    folded.forEach(function (d) { d.open = false; });
  });
})();
