"""An issuer and an asker for the wallet's tests, over real loopback HTTP, that can be told to misbehave.

They speak the protocols with passport's own builders and sign with the keys of `tests.ecosystem`. The wallet reaches
them as `https://issuer.example` and `https://asker.example`, by the development switch.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.serialization import Encoding

from passport.credentials.types import TYPES
from passport.openid.haip import x509_hash_client_id
from passport.openid.oid4vci.credential import create_credential_response
from passport.openid.oid4vci.metadata import (
    authorization_server_metadata,
    credential_configuration,
    issuer_metadata,
)
from passport.openid.oid4vci.offer import TxCode, create_offer, offer_reference_uri, offer_uri
from passport.openid.oid4vci.proof import check_proof
from passport.openid.oid4vp import (
    AuthorizationResponse,
    authorization_request_uri,
    create_encryption_key,
    create_request_object,
    parse_response,
)
from passport.terminal import run
from tests.ecosystem import Ecosystem
from wallet_cli.envelope import FLOOR
from wallet_cli.main import app
from wallet_cli.store import WalletStore

ISSUER = "https://issuer.example"
ASKER = "https://asker.example"
PASSPHRASE = "een zin om te onthouden"
CODE = "SplxlOBeZQQYbYS6WxSbIA"
TX_CODE = "493817"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Counterparts:
    """Both of them, and the switches. heard: (method, path, body) of all requests."""

    world: Ecosystem
    heard: list[tuple[str, str, bytes]] = field(default_factory=list)
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    type: str = "mbo-certificaat"
    changes: dict[str, Any] = field(default_factory=dict)
    mangle: Callable[[str], str] = str
    bind_to: Any = None
    issue: dict[str, Any] = field(default_factory=dict)
    before_credential: Callable[[], None] = lambda: None
    request: dict[str, Any] = field(default_factory=dict)
    answered: list[AuthorizationResponse] = field(default_factory=list)
    redirect_uri: str | None = None
    port: int = 0

    def __post_init__(self) -> None:
        self.asker = self.world.add("verifier", "Werkgever W", f"{ASKER}/verifier")
        self.encryption_key = create_encryption_key("k1")

    # The issuer

    @property
    def issuer(self) -> str:
        return self.world.school.id

    def offer(self, *, tx_code: TxCode | None = TxCode(length=6), **changes: Any) -> str:
        """The link of an offer, by value. changes: members of the offer object, to misbehave."""
        made = create_offer(
            credential_issuer=self.issuer,
            credential_configuration_ids=[self.type],
            pre_authorized_code=CODE,
            tx_code=tx_code,
        )
        return offer_uri({**made, **changes})

    def offer_by_reference(self) -> str:
        """The link of an offer that lies at /offer."""
        made = create_offer(
            credential_issuer=self.issuer, credential_configuration_ids=[self.type], pre_authorized_code=CODE
        )
        self.answers["/offer"] = (200, made)
        return offer_reference_uri(f"{ISSUER}/offer")

    def _issuer_documents(self) -> dict[str, Any]:
        configurations = {
            name: credential_configuration(json.loads(ctype.metadata_bytes), scope=name)
            for name, ctype in TYPES.items()
        }
        return {
            "/.well-known/openid-credential-issuer/o/school-a": issuer_metadata(
                credential_issuer=self.issuer,
                configurations=configurations,
                credential_endpoint=f"{ISSUER}/credential",
                nonce_endpoint=f"{ISSUER}/nonce",
                notification_endpoint=f"{ISSUER}/notification",
            ),
            "/.well-known/oauth-authorization-server/o/school-a": authorization_server_metadata(
                issuer=self.issuer, token_endpoint=f"{ISSUER}/token"
            ),
        }

    def _token(self, body: bytes) -> tuple[int, Any]:
        form = dict(parse_qsl(body.decode()))
        if form.get("pre-authorized_code") != CODE or form.get("tx_code", TX_CODE) != TX_CODE:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "token-1", "token_type": "Bearer", "expires_in": 60}

    def _credential(self, body: bytes) -> tuple[int, Any]:
        self.before_credential()
        proof = check_proof(json.loads(body)["proofs"]["jwt"][0], expected_audience=self.issuer, at=now())
        assert proof.nonce == "nonce-1"
        holder: Any = SimpleNamespace(key=self.bind_to or SimpleNamespace(public_key=proof.key))
        issued = self.world.school.issue(self.type, holder=holder, **self.issue, **self.changes)
        return 200, create_credential_response([self.mangle(issued.text)], notification_id="n-1")

    def notified(self) -> list[str]:
        """The events that the wallet told."""
        return [json.loads(body)["event"] for _, path, body in self.heard if path == "/notification"]

    def asked(self, path: str) -> bool:
        return any(path == heard for _, heard, _ in self.heard)

    # The asker

    def ask(self, *, method: str = "post", **request: Any) -> str:
        """The link of a request for the given DCQL query and more members of `create_request_object`."""
        self.request = request
        return authorization_request_uri(
            client_id=self.client_id, request_uri=f"{ASKER}/request", request_uri_method=method
        )

    @property
    def client_id(self) -> str:
        return x509_hash_client_id(self.asker.leaf.public_bytes(Encoding.DER))

    def _request_object(self, body: bytes) -> tuple[int, Any]:
        wallet_nonce = dict(parse_qsl(body.decode())).get("wallet_nonce")
        made = {
            "signer": self.asker.key,
            "chain": [self.asker.leaf.public_bytes(Encoding.DER)],
            "client_id": self.client_id,
            "response_uri": f"{ASKER}/response",
            "nonce": "a-transaction-nonce-of-22-and-more",
            "state": "state-1",
            "at": now(),
            "expires_at": now() + timedelta(minutes=5),
            "wallet_nonce": wallet_nonce,
        } | self.request
        if made.get("response_mode") == "direct_post.jwt":
            made["encryption_key"] = self.encryption_key
        return 200, create_request_object(**made).encode()

    def _response(self, body: bytes) -> tuple[int, Any]:
        encrypted = self.request.get("response_mode") == "direct_post.jwt"
        self.answered.append(parse_response(body, encryption_key=self.encryption_key if encrypted else None))
        return 200, {} if self.redirect_uri is None else {"redirect_uri": self.redirect_uri}

    # Both

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Answer one request; `answers` goes before all."""
        self.heard.append((method, path, body))
        documents = self._issuer_documents()
        if path in self.answers:
            return self.answers[path]
        if path in documents:
            return 200, documents[path]
        match path:
            case "/token":
                return self._token(body)
            case "/nonce":
                return 200, {"c_nonce": "nonce-1"}
            case "/credential":
                return self._credential(body)
            case "/notification":
                return 204, b""
            case "/request":
                return self._request_object(body)
            case "/response":
                return self._response(body)
            case "/o/school-a/status/1":
                return 200, self.world.school.status_list()
        return 404, {"error": "not_found"}


@contextmanager
def counterparts() -> Iterator[Counterparts]:
    """Serve both on one free port until the block ends."""
    made = Counterparts(world=Ecosystem(at=now()))

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, value = made.answer(self.command, self.path, body)
            content = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> str:
        code: str = self.json["error"]["code"]
        return code


@dataclass(frozen=True)
class Person:
    """A holder at a command line: a wallet with cheap (but allowed) key derivation, and an environment."""

    folder: Path
    environ: dict[str, str]
    capture: Any

    def __call__(self, *argv: str, **environ: str) -> Said:
        self.capture.readouterr()
        code = run(app, area="wallet", prog="skillspas", argv=list(argv), environ={**self.environ, **environ})
        shown = self.capture.readouterr()
        assert "Traceback" not in shown.err
        return Said(code=code, out=shown.out, err=shown.err)

    @property
    def store(self) -> WalletStore:
        return WalletStore.open(self.folder, PASSPHRASE)


def new_person(folder: Path, capture: Any, *, register: Path | None = None, port: int = 0, lang: str = "nl") -> Person:
    """Make a wallet and the environment to use it in."""
    WalletStore.create(folder, PASSPHRASE, kdf=FLOOR)
    environ = {"SKILLSPAS_WALLET": str(folder), "SKILLSPAS_PASSPHRASE": PASSPHRASE, "LANG": lang}
    if register is not None:
        environ["SKILLSPAS_TRUST"] = str(register)
    if port:
        loopback = f"http://127.0.0.1:{port}"
        environ["SKILLSPAS_ALLOW_LOOPBACK_HTTP"] = "1"
        environ["SKILLSPAS_DEV_HOSTS"] = f"{ISSUER}={loopback},{ASKER}={loopback}"
    return Person(folder=folder, environ=environ, capture=capture)
