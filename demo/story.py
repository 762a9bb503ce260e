"""The whole story: a credential goes from a school to an employer, and what several of them add up to.

`make demo` runs it. It ends with 0 only if every step held.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from demo.people import CERTIFICATES, COHORT, CREBO, HOLDER, KWALIFICATIE, Facts, diploma, read_facts, results
from demo.stage import DidNotHold, Stage, expect, free_port

PASSPHRASE = "een zin die alleen de houder kent"  # noqa: S105 - the demo's holder, on this machine only


class Story:
    """The steps, in order. Each leaves behind what the next needs."""

    def __init__(self, stage: Stage, *, issuer_port: int, verifier_port: int) -> None:
        self.stage = stage
        self.issuer = f"http://127.0.0.1:{issuer_port}"
        self.verifier = f"http://127.0.0.1:{verifier_port}"
        self.issuer_port, self.verifier_port = issuer_port, verifier_port
        self.facts: Facts = read_facts()
        self.keys: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.credentials: dict[str, str] = {}
        today = datetime.now(UTC).date()
        self.today = today.isoformat()
        self.earlier = (today - timedelta(days=30)).isoformat()
        self.register = stage.data / "register.json"
        stage.environment.update(
            {
                "SKILLSPAS_ALLOW_LOOPBACK_HTTP": "1",
                "SKILLSPAS_ISSUER_DATA": str(stage.data / "issuer"),
                "SKILLSPAS_ISSUER_BASE_URL": self.issuer,
                "SKILLSPAS_VERIFIER_DATA": str(stage.data / "verifier"),
                "SKILLSPAS_VERIFIER_BASE_URL": self.verifier,
                "SKILLSPAS_WALLET": str(stage.data / "wallet"),
                "SKILLSPAS_PASSPHRASE": PASSPHRASE,
                "SKILLSPAS_TRUST": str(self.register),
                "LANG": "nl_NL.UTF-8",
            }
        )

    @property
    def target(self) -> tuple[str, ...]:
        """Which diploma, for whom: the flags of every `skillspas stack`."""
        return ("--target", CREBO, "--cohort", COHORT, "--school", self.ids["school-a"])

    @property
    def steps(self) -> tuple[Callable[[], None], ...]:
        """The story in order."""
        return (
            self.set_up,
            self.receive_claims,
            self.receive_certificates,
            self.show_employer,
            self.revoke,
            self.finish,
        )

    # 1 and 2: everybody is there

    def set_up(self) -> None:
        """A school, a leerbedrijf, an EVC-aanbieder, a verifier and a register that knows them."""
        stage = self.stage
        stage.title("1. Een school, een leerbedrijf, een EVC-aanbieder en een register")
        entries = []
        for name, kind, label, *more in (
            ("school-a", "school", "School A", "--brin", "00XX"),
            ("zorghuis", "leerbedrijf", "Leerbedrijf Zorghuis"),
            ("evc-p", "evc-aanbieder", "EVC-aanbieder P"),
        ):
            made = stage.ask("skillspas-issuer", "organisation", "add", name, "--kind", kind, "--name", label, *more)
            self.keys[name], self.ids[name] = made["api_key"], made["issuer"]
            stage.say(f"{label} is {made['issuer']}")
            entry = stage.data / f"entry-{name}.json"
            entry.write_text(stage.run("skillspas-issuer", "trust-entry", name, quiet=True), encoding="utf-8")
            entries.append(str(entry))
        asker = stage.data / "entry-verifier.json"
        asker.write_text(
            stage.run("skillspas-verifier", "trust-entry", "--name", "Werkgever Thuiszorg", quiet=True),
            encoding="utf-8",
        )
        stage.run(
            *("skillspas-verifier", "trust", "build", *entries, str(asker)),
            *("--operator", "https://register.example", "--out", str(self.register)),
        )
        stage.run("skillspas-verifier", "trust", "show", "--trust", str(self.register))
        self.serve()
        stage.title("2. De houder maakt een portemonnee")
        stage.run("skillspas", "init")

    def serve(self) -> None:
        """Start both services on the data that is there."""
        self.stage.start(
            *("skillspas-issuer", "serve", "--port", str(self.issuer_port), "--status-ttl", "1"),
            health=f"{self.issuer}/readyz",
        )
        self.stage.start(
            *("skillspas-verifier", "serve", "--port", str(self.verifier_port), "--name", "Werkgever Thuiszorg"),
            health=f"{self.verifier}/readyz",
        )

    # 3: claims that need a decision

    def receive_claims(self) -> None:
        """A countersigned praktijkverklaring and an ervaringscertificaat; the stack calls them claims."""
        stage = self.stage
        stage.title("3. Praktijkverklaring (leerbedrijf en school) en ervaringscertificaat")
        period = {"van": self.earlier, "tot": self.today}
        done = self.facts.units("B1-K1-W1", "P2-K1-W1")
        stage.say("Het leerbedrijf beoordeelt twee werkprocessen: POST /api/v1/assessments")
        assessment = self.call(
            "zorghuis", "/assessments", {"kwalificatie": KWALIFICATIE, "units": done, "periode": period, **HOLDER}
        )
        claims = {
            **HOLDER,
            "kwalificatie": KWALIFICATIE,
            "units": done,
            "leerbedrijf": {"naam": "Leerbedrijf Zorghuis", "id": self.ids["zorghuis"]},
            "periode": period,
            "praktijkbeoordeling": assessment["assessment"],
            "praktijkbeoordeling_salt": assessment["salt"],
            "awarded_date": self.today,
            "document_number": "PV-2026-1",
        }
        self.issue_and_receive("school-a", "praktijkverklaring", claims)
        self.issue_and_receive("evc-p", "ervaringscertificaat", self.facts.evc(day=self.earlier, number="EVC-2026-1"))
        stage.run("skillspas", "list")
        answer = self.stack()
        for unit, kind in (("B1-K1-W1", "weak"), ("P2-K1-W1", "weak"), ("P2-K1-W3", "medium")):
            expect(answer["units"][unit]["status"] == "claim", f"{unit} is a claim")
            expect(answer["units"][unit]["strength"] == kind, f"{unit} is {kind}")
        self.show_stack()

    # 4: nine of nine, and still not a diploma

    def receive_certificates(self) -> None:
        """Five mbo-certificaten cover every werkproces; the rest of the diploma is still missing."""
        stage = self.stage
        stage.title("4. De school geeft vijf mbo-certificaten")
        for code in CERTIFICATES:
            claims = self.facts.certificate(code, number=f"C-2026-{code}", day=self.earlier)
            self.issue_and_receive("school-a", "mbo-certificaat", claims, name=code)
        answer = self.stack()
        met = [unit for unit, found in answer["units"].items() if found["status"] == "met"]
        expect(len(met) == 9, "nine of nine werkprocessen are met")
        expect(answer["overall"] == "incomplete", "all certificates, and still not a diploma")
        for node in ("nederlands", "rekenen", "loopbaan_burgerschap", "bpv", "keuzedelen"):
            expect(answer["nodes"][node]["status"] == "open", f"{node} is still open")
        self.show_stack()

    # 5: an employer

    def show_employer(self) -> None:
        """The employer asks on the page; the wallet answers from the QR, and shows only what was asked."""
        self.stage.title("5. Een werkgever vraagt op de pagina; de portemonnee antwoordt vanaf de QR")
        page = self.ask_on_page("mbo-certificaat", "werkgever")
        expect("Klopt" in page and "School A" in page, "the page says that it holds, and whose it is")
        expect(HOLDER["birthdate"] not in page, "the birth date was not asked and is not there")
        self.stage.run("skillspas", "history")

    # 6: revoked, and issued anew

    def revoke(self) -> None:
        """C0164 is revoked: the next check says so, and P2-K1-W2 opens. Then it is issued anew."""
        stage = self.stage
        stage.title("6. De school trekt C0164 in en geeft het opnieuw")
        stage.say("POST /api/v1/credentials/{id}/status  revoked, administratieve-fout")
        self.call(
            "school-a",
            f"/credentials/{self.credentials['C0164']}/status",
            {"status": "revoked", "reason": "administratieve-fout"},
            code=200,
        )
        time.sleep(1.2)  # the demo's status list may be kept for one second
        held = self.stage.ask("skillspas", "list")
        number = next(item["id"] for item in held["credentials"] if "C0164" in json.dumps(item))
        stage.run("skillspas", "check", number, code=1)
        answer = self.stack()
        expect(answer["units"]["P2-K1-W2"]["status"] == "open", "P2-K1-W2 opens")
        expect(answer["units"]["P2-K1-W1"]["status"] == "met", "P2-K1-W1 is still met by C0165")
        expect(any(reason["code"] == "REVOKED" for reason in answer["reasons"]), "the stack says REVOKED")
        claims = self.facts.certificate("C0164", number="C-2026-C0164-2", day=self.today)
        self.issue_and_receive("school-a", "mbo-certificaat", claims, name="C0164 (nieuw)")
        expect(self.stack()["units"]["P2-K1-W2"]["status"] == "met", "P2-K1-W2 is met again")

    # 7: the file is complete, the school decides

    def finish(self) -> None:
        """With the missing results the file is ready; the school awards the diploma and the employer sees it."""
        stage = self.stage
        stage.title("7. De ontbrekende resultaten, en het besluit van de school")
        self.issue_and_receive("school-a", "mbo-verklaring", results(day=self.today, number="MV-2026-1"))
        answer = self.stack()
        expect(answer["overall"] == "ready_for_examencommissie", "the file is ready for the examencommissie")
        self.show_stack()
        stage.run("skillspas", "stack", *self.target, "--html", str(stage.pictures / "stapel.html"), show=4)
        self.award()
        page = self.ask_on_page("diploma", "werkgever-diploma")
        expect("Klopt" in page and KWALIFICATIE["naam"] in page, "the employer's page shows the diploma")

    def award(self) -> None:
        """The school asks the whole stack, its examencommissie decides on the signed report, the diploma is offered."""
        stage = self.stage
        stage.say("De school vraagt de stapel en krijgt een ondertekend verslag: POST /api/v1/requests  stapel")
        target = {"crebo": CREBO, "cohort": COHORT, "school": self.ids["school-a"], "date": self.today}
        wish = {
            "template": "stapel",
            "purpose": "Besluit over het diploma",
            "stacking": {"target": target, "bundle": True},
        }
        asked = httpx.post(f"{self.verifier}/api/v1/requests", json=wish, timeout=30).json()
        stage.run("skillspas", "present", asked["authorization_request"], "--yes", show=8)
        answer = httpx.get(f"{self.verifier}/api/v1/requests/{asked['id']}", timeout=30)
        report, claims = stage.data / "verslag.json", stage.data / "diploma.json"
        report.write_text(answer.text, encoding="utf-8")
        stage.run("skillspas-verifier", "replay", str(report), "--trust", str(self.register))
        claims.write_text(json.dumps(diploma(day=self.today, number="D-2026-1")), encoding="utf-8")
        stage.say("De examencommissie beslist, met het verslag voor zich.")
        made = stage.ask("skillspas-issuer", "decide", "school-a", "--statement", str(report), "--award", str(claims))
        offer = made["offers"][0]["offer"]
        picture = stage.picture(offer["qr_url"], "aanbod-diploma.png")
        stage.run("skillspas", "receive", str(picture), "--tx-code", offer["tx_code"], "--yes", show=6)

    # how

    def call(self, organisation: str, path: str, body: dict[str, Any], *, code: int = 201) -> Any:
        """A call to the issuer's API with the organisation's own key."""
        answer = httpx.post(
            f"{self.issuer}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.keys[organisation]}"},
            timeout=30,
        )
        expect(answer.status_code == code, f"POST {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()

    def issue_and_receive(self, organisation: str, kind: str, claims: dict[str, Any], *, name: str = "") -> None:
        """Offer a credential by the API and take it into the wallet from the QR picture, with the code."""
        label = name or kind
        self.stage.say(f"POST /api/v1/credentials  {kind} {name}".rstrip())
        made = self.call(organisation, "/credentials", {"type": kind, "claims": claims})
        self.credentials[label] = made["id"]
        slug = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
        picture = self.stage.picture(made["offer"]["qr_url"], f"aanbod-{slug}.png")
        self.stage.run("skillspas", "receive", str(picture), "--tx-code", made["offer"]["tx_code"], "--yes", show=6)

    def stack(self) -> Any:
        """The stack as a machine reads it."""
        return self.stage.ask("skillspas", "stack", *self.target)

    def show_stack(self) -> None:
        """The stack as a person reads it."""
        self.stage.run("skillspas", "stack", *self.target, show=40)

    def ask_on_page(self, template: str, slug: str) -> str:
        """What an employer does in a browser, and the holder with the QR on the screen. Returns the result page."""
        with httpx.Client(base_url=self.verifier, timeout=30, follow_redirects=True) as browser:
            self.stage.say(f"De werkgever kiest op {self.verifier}/ : {template}")
            browser.get("/")
            page = browser.post("/scan", data={"template": template}, headers={"Origin": self.verifier})
            expect(page.status_code == 200, f"POST /scan: {page.status_code}")
            qr = re.search(r'<img class="qr" src="([^"]+)"', page.text)
            result = re.search(r'data-result-url="([^"]+)"', page.text)
            if qr is None or result is None:
                raise DidNotHold("the page shows a QR and a link to the result")
            address = str(browser.base_url.join(qr[1])).replace("qr.svg", "qr.png")
            picture = self.stage.picture(address, f"vraag-{slug}.png")
            self.stage.run("skillspas", "present", str(picture), "--yes")
            answer = browser.get(result[1])
            (self.stage.pictures / f"pagina-{slug}.html").write_text(answer.text, encoding="utf-8")
            expect(answer.status_code == 200, f"GET result: {answer.status_code}")
            return answer.text


def main() -> int:
    """Play the story in a fresh folder; pictures go to demo-out/."""
    pictures = Path("demo-out")
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="skillspas-demo-") as folder:
        stage = Stage(data=Path(folder), pictures=pictures)
        story = Story(stage, issuer_port=free_port(), verifier_port=free_port())
        try:
            for step in story.steps:
                step()
        except DidNotHold as problem:
            print(f"\nNiet gelukt: {problem}", file=sys.stderr)
            for log in Path(folder).glob("*.log"):
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}", file=sys.stderr)
            return 1
        finally:
            stage.stop()
    seconds = time.monotonic() - started
    print(f"\nAlle stappen kloppen, in {seconds:.0f} seconden. De plaatjes staan in {pictures}/.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
