"""Start issuer and verifier with the demo's data, to look around in a browser. `make serve` runs it.

The first time it plays the story into `demo-data/`; after that it only starts the two services there.
"""

from __future__ import annotations

import shutil
import signal
import sys
import time
from pathlib import Path

from demo.stage import DidNotHold, Stage
from demo.story import PASSPHRASE, Story

DATA = Path("demo-data")
ISSUER_PORT, VERIFIER_PORT = 8001, 8002


def main() -> int:
    """Set up if needed, then serve until Ctrl-C."""
    played = DATA / "played"
    if not played.exists():
        shutil.rmtree(DATA, ignore_errors=True)
    pictures = DATA / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    stage = Stage(data=DATA.resolve(), pictures=pictures.resolve())
    story = Story(stage, issuer_port=ISSUER_PORT, verifier_port=VERIFIER_PORT)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if played.exists():
            story.serve()
        else:
            for step in story.steps:
                step()
            played.write_text("", encoding="utf-8")
        print(_where(story), flush=True)
        while all(service.poll() is None for service in stage.services):
            time.sleep(0.5)
        print("Een van de diensten is gestopt; zie de logs in demo-data/.", file=sys.stderr)
        return 1
    except DidNotHold as problem:
        print(f"\nNiet gelukt: {problem}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, SystemExit):
        print("\nGestopt.")
        return 0
    finally:
        stage.stop()


def _where(story: Story) -> str:
    settings = "\n".join(
        f"  export {name}='{value}'"
        for name, value in story.stage.environment.items()
        if name in ("SKILLSPAS_WALLET", "SKILLSPAS_TRUST", "SKILLSPAS_ALLOW_LOOPBACK_HTTP")
    )
    return f"""
De pagina voor de werkgever:  {story.verifier}/
De API van de school:         {story.issuer}/docs

De portemonnee van de houder, in een andere terminal:
{settings}
  export SKILLSPAS_PASSPHRASE='{PASSPHRASE}'
  .venv/bin/skillspas list
  .venv/bin/skillspas present 'openid4vp://...'      # de link onder de QR op de pagina

Ctrl-C stopt de diensten. Wis demo-data/ om opnieuw te beginnen."""


if __name__ == "__main__":
    raise SystemExit(main())
