/* Answers while the visitor types. The page is complete without this file: it asks the
   same address that the form would open and takes the new answer out of that page. */
(function () {
  "use strict";
  const WAIT_MS = 180;
  const box = document.getElementById("q");
  let timer = 0;
  let asked = 0;
  let running = null;
  let shown = box.value.trim();

  function type() {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  }

  async function ask() {
    const text = box.value.trim();
    const number = ++asked;
    const old = document.getElementById("answer");
    if (running) running.abort();
    old.removeAttribute("aria-busy");
    if (text === shown) return;
    running = new AbortController();
    old.setAttribute("aria-busy", "true");
    const address = text ? "?" + new URLSearchParams({ q: text }) : "./";
    try {
      const reply = await fetch(address, { signal: running.signal });
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      const fresh = page.getElementById("answer");
      // A slow answer to an older text must not replace a newer one.
      if (number !== asked || !fresh) return;
      document.getElementById("answer").replaceWith(fresh);
      document.querySelector(".top").className = page.querySelector(".top").className;
      document.title = page.title;
      history.replaceState(null, "", address);
      shown = text;
    } catch (error) {
      if (error.name === "AbortError") return;
      // The network failed: the button still opens the page the plain way.
      old.removeAttribute("aria-busy");
    }
  }

  // While an input method composes, the box holds letters that nobody means.
  box.addEventListener("input", function (event) { if (!event.isComposing) type(); });
  box.addEventListener("compositionend", type);
  box.form.addEventListener("submit", function () { clearTimeout(timer); asked++; });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
})();
