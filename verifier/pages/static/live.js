// Watches one request and goes to the result when there is an answer. The page works without this file:
// it then has a link that reloads it. Nothing is sent but the address of this page's own request.

const live = document.getElementById("live");
const statusText = document.getElementById("status-text");
const EVERY = 1500;
const AT_MOST = 15000;

/** Ask the state once; returns {state, text} or null when there is no connection. */
async function askState() {
  try {
    const answer = await fetch(live.dataset.stateUrl, { cache: "no-store", credentials: "same-origin" });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function say(text) {
  if (statusText.textContent !== text) statusText.textContent = text;
}

/** Wait, ask, and wait longer while nothing answers. */
async function watch() {
  let pause = EVERY;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const seen = await askState();
    if (seen === null) {
      pause = Math.min(pause * 2, AT_MOST);
      say(live.dataset.offline);
      continue;
    }
    pause = EVERY;
    if (seen.state === "waiting") {
      if (live.classList.contains("scan")) say(seen.text);
      continue;
    }
    say(seen.text);
    location.replace(seen.state === "expired" ? location.href : live.dataset.resultUrl);
    return;
  }
}

if (live) watch();
