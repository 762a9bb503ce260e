// Watches one request and goes to the result when there is an answer; on the result, has a screen reader say it.
// The pages work without this file: they then have a link that reloads. Nothing is sent but this page's own address.

const ANNOUNCE_AFTER = 300;
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

/** Fill the live region once the page stands, so that the verdict is read out without taking the focus. */
function announce() {
  const region = document.getElementById("announcement");
  const verdict = document.getElementById("verdict");
  if (!region || !verdict) return;
  setTimeout(() => {
    region.textContent = `${verdict.textContent}. ${statusText.textContent}`;
  }, ANNOUNCE_AFTER);
}

announce();
if (live) watch();
