// Keeps the page current: hears the event log, fetches the page's changing part, and changes only what differs, so that
// focus, scroll, opened details, chosen answers and loaded pictures stay.
"use strict";
const main = document.getElementById("main");
const live = document.getElementById("live");
const touched = new WeakSet(); // details that a person opened or closed
let waiting = 0;

function schedule(wait) {
  if (!waiting) waiting = setTimeout(refresh, wait);
}

async function refresh() {
  waiting = 0;
  try {
    const answer = await fetch(location.pathname + "?part=main", { headers: { Accept: "text/html" } });
    if (answer.status === 401) { location.assign("/"); return; }
    if (!answer.ok) throw new Error(answer.status);
    const fresh = document.createElement("template");
    fresh.innerHTML = await answer.text(); // the server escapes every text of an export or alert
    patchChildren(main, fresh.content);
  } catch {
    schedule(3000);
  }
}

function patch(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeName !== fresh.nodeName) { old.replaceWith(fresh); return; }
  if (old.nodeType !== Node.ELEMENT_NODE) { old.data = fresh.data; return; }
  const theirs = (name) => name === "open" && touched.has(old);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value && !theirs(name)) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !theirs(name)) old.removeAttribute(name);
  patchChildren(old, fresh);
}

function patchChildren(old, fresh) {
  const wanted = new Set([...fresh.children].map((child) => child.id));
  for (const child of [...old.children]) if (child.id && !wanted.has(child.id)) child.remove();
  const kept = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let at = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const known = child.id ? kept.get(child.id) : at && !at.id && at.nodeName === child.nodeName ? at : null;
    if (known && known === at) at = at.nextSibling;
    else old.insertBefore(known || child, at);
    if (known) patch(known, child);
  }
  while (at) [at] = [at.nextSibling, at.remove()];
}

function listen() {
  const source = new EventSource("/api/events");
  source.onopen = () => { live.textContent = "connected"; schedule(0); }; // what happened before the stream stood, too
  source.onerror = () => {
    live.textContent = "reconnecting …";
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000); // after a 503 it does not try by itself
  };
  for (const kind of main.dataset.kinds.split(" ")) source.addEventListener(kind, () => schedule(250));
}
listen();

addEventListener("click", ({ target }) => { if (target.closest("summary")) touched.add(target.closest("details")); });
addEventListener("dragover", (event) => { event.preventDefault(); mark(true); });
addEventListener("dragleave", () => mark(false));
addEventListener("drop", (event) => {
  event.preventDefault();
  mark(false);
  const form = document.getElementById("drop");
  if (!form || !event.dataTransfer.files.length) return;
  form.elements.file.files = event.dataTransfer.files;
  form.requestSubmit();
});

function mark(over) {
  document.getElementById("drop")?.classList.toggle("over", over);
}
