// Keeps the page current: listens to the event log and fetches the changed part of the page, a quarter second apart.
"use strict";
const main = document.getElementById("main");
const live = document.getElementById("live");
let waiting = 0;

async function refresh() {
  waiting = 0;
  if (main.contains(document.activeElement) && document.activeElement.matches("select, input")) {
    schedule(2000); // a person is answering: the page must not change under the hand
    return;
  }
  const answer = await fetch(location.pathname + "?part=main", { headers: { Accept: "text/html" } });
  if (answer.status === 401) { location.assign("/"); return; }
  if (!answer.ok) return;
  const open = [...main.querySelectorAll("details[open] summary")].map((one) => one.textContent);
  main.innerHTML = await answer.text(); // the server escapes every text of an export or alert
  for (const one of main.querySelectorAll("summary")) if (open.includes(one.textContent)) one.parentElement.open = true;
}

function schedule(wait) {
  if (!waiting) waiting = setTimeout(refresh, wait);
}

const source = new EventSource("/api/events");
source.onopen = () => { live.textContent = "live"; };
source.onerror = () => { live.textContent = "reconnecting …"; };
source.onmessage = () => schedule(250);
for (const kind of (document.body.dataset.kinds || "").split(" ")) if (kind) source.addEventListener(kind, () => schedule(250));
