"""The real service, killed while it works: what it answered is there afterwards, and the log is whole."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path

import httpx

from tests.live import COMMANDS, Service, issuer_service
from tests.services.issuer.conftest import claims_of


def offer_until_it_dies(service: Service, headers: dict[str, str], answered: list[str]) -> None:
    with httpx.Client(base_url=service.base_url, trust_env=False, headers=headers) as client:
        while True:
            try:
                answer = client.post("/api/v1/credentials", json={"type": "mbo-certificaat", "claims": claims_of()})
            except httpx.HTTPError:
                return
            assert answer.status_code == 201, answer.text
            answered.append(answer.json()["id"])


def test_nothing_that_was_answered_is_lost_when_the_service_is_killed(tmp_path: Path) -> None:
    service = issuer_service(tmp_path)
    added = service.run("organisation", "add", "school-a", "--kind", "school", "--name", "A", "--json").json
    headers = {"Authorization": f"Bearer {added['api_key']}"}
    answered: list[str] = []
    for moment in (0.6, 1.1):
        arguments = [COMMANDS / "skillspas-issuer", "serve", "--port", str(service.port)]
        with service.log.open("ab") as log:
            process = subprocess.Popen(arguments, env=dict(service.environment), stdout=log, stderr=log)
        service._await_health(process)
        before = len(answered)
        threads = [threading.Thread(target=offer_until_it_dies, args=(service, headers, answered)) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(moment)
        process.kill()
        process.wait()
        for thread in threads:
            thread.join()
        assert len(answered) > before
    with service.serving(), httpx.Client(base_url=service.base_url, trust_env=False, headers=headers) as client:
        assert [one for one in answered if client.get(f"/api/v1/credentials/{one}").status_code != 200] == []
    assert service.run("audit", "verify", "school-a", "--json").json["intact"]
