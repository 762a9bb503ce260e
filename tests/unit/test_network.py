"""The fetcher against a real server on this machine, and the rules for addresses."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from passport.errors import Unreachable
from passport.jose.encoding import encode_base64url, encode_json
from passport.network import (
    AddressRefused,
    Fetcher,
    HttpStatus,
    InvalidUrl,
    MaterialCache,
    NetworkSettings,
    NotHttps,
    RedirectRefused,
    TimedOut,
    TooLarge,
    check_url,
    is_public,
    now,
    parse_dev_hosts,
)
from passport.network.addresses import BadDevHosts
from passport.network.gathering import life_of
from passport.verification.materials import Material, Need

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Server:
    """Answers by path; remembers what it was asked."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.origin = f"http://127.0.0.1:{port}"
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            method, path, _ = (await reader.readline()).decode().split(" ", 2)
            headers: dict[str, str] = {}
            while (line := (await reader.readline()).decode().strip()) != "":
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.seen.append((method, path, headers, body))
            await self._respond(path, writer)
        except (ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    async def _respond(self, path: str, writer: asyncio.StreamWriter) -> None:
        def send(status: int, body: bytes = b"", **headers: str) -> None:
            lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
            lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

        name, _, argument = path.lstrip("/").partition("/")
        match name:
            case "to":
                send(302, Location=argument if "://" in argument else f"/{argument}")
            case "status":
                send(int(argument), b'{"error":"invalid_request"}')
            case "large":
                writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                for _ in range(64):
                    writer.write(b"x" * 65_536)
                    await writer.drain()
            case "bomb":
                send(200, gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip")
            case "gzip":
                send(200, gzip.compress(b"packed"), Content_Encoding="gzip")
            case "slow":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
                for _ in range(100):
                    writer.write(b".")
                    await writer.drain()
                    await asyncio.sleep(0.05)
            case "cookie":
                send(200, b"ok", Set_Cookie="trace=1; Path=/")
            case _:
                send(200, b'{"ok":true}', Content_Type="Application/JSON; charset=utf-8")
        await writer.drain()


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    server = Server(0)
    listener = await asyncio.start_server(server.answer, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    server.origin = f"http://127.0.0.1:{server.port}"
    try:
        yield server
    finally:
        listener.close()


def with_server(
    use: Callable[[Server, Fetcher], Awaitable[None]], *, loopback: bool = True, dev: bool = False, timeout: float = 5
) -> None:
    async def scenario() -> None:
        async with serving() as server:
            hosts = {"https://school.example": server.origin} if dev else {}
            settings = NetworkSettings(allow_loopback_http=loopback, dev_hosts=hosts, timeout=timeout)
            async with Fetcher(settings) as fetcher:
                await use(server, fetcher)

    asyncio.run(scenario())


def test_get_returns_body_media_type_and_time() -> None:
    async def use(server: Server, fetcher: Fetcher) -> None:
        before = now()
        answer = await fetcher.get(f"{server.origin}/anything", accept="application/json")
        assert (answer.status, answer.body, answer.media_type) == (200, b'{"ok":true}', "application/json")
        assert before <= answer.fetched_at <= now()
        assert server.seen[0][2]["accept"] == "application/json"

    with_server(use)


def test_http_is_refused_without_the_development_switch_and_nothing_is_sent() -> None:
    async def use(server: Server, fetcher: Fetcher) -> None:
        with pytest.raises(NotHttps):
            await fetcher.get(f"{server.origin}/x")
        with pytest.raises(NotHttps):
            await fetcher.post_form(f"{server.origin}/x", {"a": "b"})
        assert server.seen == []

    with_server(use, loopback=False)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.8", "169.254.169.254", "[::ffff:10.0.0.1]"]
)
@pytest.mark.parametrize("loopback", [True, False])
def test_https_to_special_addresses_is_refused_with_and_without_the_switch(host: str, loopback: bool) -> None:
    async def use(_: Server, fetcher: Fetcher) -> None:
        with pytest.raises(AddressRefused):
            await fetcher.get(f"https://{host}:8443/x")

    with_server(use, loopback=loopback)


@pytest.mark.parametrize("host", ["0x7f000001", "2130706433", "127.1", "localhost.", "0"])
def test_other_spellings_of_loopback_are_refused(host: str) -> None:
    async def use(_: Server, fetcher: Fetcher) -> None:
        with pytest.raises(Unreachable) as refused:
            await fetcher.get(f"https://{host}/x")
        assert refused.value.code in ("address_refused", "name_not_found")

    with_server(use)


def test_redirects_are_followed_three_times_at_most() -> None:
    async def use(server: Server, fetcher: Fetcher) -> None:
        assert (await fetcher.get(f"{server.origin}/to/to/to/end")).url == f"{server.origin}/end"
        with pytest.raises(RedirectRefused):
            await fetcher.get(f"{server.origin}/to/to/to/to/end")
        with pytest.raises(RedirectRefused):
            await fetcher.get(f"{server.origin}/to/end", max_redirects=0)

    with_server(use)


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("https://10.0.0.1/x", AddressRefused),
        ("https://[fd00::1]/x", AddressRefused),
        ("https://127.0.0.1/x", AddressRefused),
        ("http://192.168.1.1/x", NotHttps),
        ("http://public.example/x", NotHttps),
        ("ftp://public.example/x", NotHttps),
        ("https://user:secret@public.example/x", InvalidUrl),
    ],
)
def test_a_redirect_to_a_refused_place_is_refused(target: str, error: type[Unreachable]) -> None:
    async def use(server: Server, fetcher: Fetcher) -> None:
        with pytest.raises(error):
            await fetcher.get(f"{server.origin}/to/{target}")

    with_server(use)


def test_a_development_host_is_reached_by_its_own_name() -> None:
    async def use(server: Server, fetcher: Fetcher) -> None:
        answer = await fetcher.get("https://school.example/vct/diploma?x=1")
        assert answer.url == "https://school.example/vct/diploma?x=1"
        assert server.seen[0][1] == "/vct/diploma?x=1"
        assert server.seen[0][2]["host"] == "school.example"

    with_server(use, dev=True)


def test_a_development_host_does_not_redirect_from_https_to_loopback_http() -> None:
    async def use(server: Server, fetcher: Fetcher) -> None:
        assert (await fetcher.get("https://school.example/to/end")).url == "https://school.example/end"
        with pytest.raises(RedirectRefused):
            await fetcher.get(f"https://school.example/to/{server.origin}/end")

    with_server(use, dev=True)


def test_development_hosts_count_for_nothing_without_the_switch() -> None:
    assert (
        NetworkSettings(dev_hosts={"https://school.example": "http://127.0.0.1:1"}).dev_target(
            "https://school.example/x"
        )
        is None
    )


def test_a_post_is_not_redirected() -> None:
    async def use(server: Server, fetcher: Fetcher) -> None:
        with pytest.raises(RedirectRefused):
            await fetcher.post_form(f"{server.origin}/to/end", {"code": "secret"})
        assert [seen[1] for seen in server.seen] == ["/to/end"]

    with_server(use)


def test_a_post_returns_refusals_with_their_body() -> None:
    async def use(server: Server, fetcher: Fetcher) -> None:
        answer = await fetcher.post_form(f"{server.origin}/status/400", {"a": "é &"}, headers={"x-test": "1"})
        assert (answer.status, answer.body) == (400, b'{"error":"invalid_request"}')
        await fetcher.post_json(f"{server.origin}/x", {"b": [1]})
        assert server.seen[0][2]["content-type"] == "application/x-www-form-urlencoded"
        assert server.seen[0][2]["x-test"] == "1"
        assert [seen[3] for seen in server.seen] == [b"a=%C3%A9+%26", b'{"b":[1]}']

    with_server(use)


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_content_of_a_failing_get_is_never_returned(status: int) -> None:
    async def use(server: Server, fetcher: Fetcher) -> None:
        with pytest.raises(HttpStatus) as refused:
            await fetcher.get(f"{server.origin}/status/{status}")
        assert refused.value.status == status

    with_server(use)


@pytest.mark.parametrize("path", ["large", "bomb"])
def test_what_is_too_large_is_refused(path: str) -> None:
    async def use(server: Server, fetcher: Fetcher) -> None:
        with pytest.raises(TooLarge):
            await fetcher.get(f"{server.origin}/{path}")

    with_server(use)


def test_gzip_that_was_not_asked_for_is_still_read() -> None:
    async def use(server: Server, fetcher: Fetcher) -> None:
        assert (await fetcher.get(f"{server.origin}/gzip")).body == b"packed"
        assert server.seen[0][2]["accept-encoding"] == "identity"

    with_server(use)


def test_a_dripping_server_is_left_after_the_total_time() -> None:
    async def use(server: Server, fetcher: Fetcher) -> None:
        started = asyncio.get_running_loop().time()
        with pytest.raises(TimedOut):
            await fetcher.get(f"{server.origin}/slow")
        assert asyncio.get_running_loop().time() - started < 2

    with_server(use, timeout=0.3)


def test_no_cookie_is_kept() -> None:
    async def use(server: Server, fetcher: Fetcher) -> None:
        await fetcher.get(f"{server.origin}/cookie")
        await fetcher.get(f"{server.origin}/x")
        assert "cookie" not in server.seen[1][2]

    with_server(use)


def test_a_closed_port_and_an_unknown_name_are_unreachable() -> None:
    async def use(server: Server, fetcher: Fetcher) -> None:
        with pytest.raises(Unreachable) as closed:
            await fetcher.get("http://127.0.0.1:1/x")
        assert closed.value.code == "connection_failed"
        with pytest.raises(Unreachable) as unknown:
            await fetcher.get("https://name.invalid/x")
        assert unknown.value.code in ("name_not_found", "timeout")

    with_server(use)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "2002:7f00:1::1",
        "3fff::1",
        "100::1",
        "fec0::1",
        "nonsense",
    ],
)
def test_special_purpose_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "193.0.6.139", "172.32.0.1", "100.128.0.1", "2a00:1450:400e::8", "2606:4700::1"]
)
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https:///x",
        "https://a b/",
        "https://a\r\nb/",
        "https://a:99999/",
        "https://a:x/",
        "https://[::1/",
        "https://u@a/",
        "https://é.example/",
        "https://a/" + "x" * 5000,
    ],
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises((InvalidUrl, NotHttps)):
        check_url(url, NetworkSettings())


def test_dev_hosts_are_read() -> None:
    assert parse_dev_hosts("") == {}
    assert parse_dev_hosts(
        "https://School.example=http://127.0.0.1:8001, https://b.example:8443/=http://[::1]:9/,"
    ) == {
        "https://school.example": "http://127.0.0.1:8001",
        "https://b.example:8443": "http://[::1]:9",
    }


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "https://a.example",
        "http://a.example=http://127.0.0.1:1",
        "https://a.example=https://127.0.0.1:1",
        "https://a.example=http://10.0.0.1:1",
        "https://a.example/path=http://127.0.0.1:1",
        "https://a.example=http://127.0.0.1:1/path",
        "https://u@a.example=http://127.0.0.1:1",
    ],
)
def test_other_dev_hosts_are_refused(text: str) -> None:
    with pytest.raises(BadDevHosts):
        parse_dev_hosts(text)


def status_list(**claims: object) -> bytes:
    return f"e30.{encode_base64url(encode_json(claims))}.c2ln".encode()


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (status_list(ttl=60), 60),
        (status_list(ttl=60, exp=int(AT.timestamp()) + 20), 20),
        (status_list(ttl=600, exp=int(AT.timestamp()) - 1), 0),
        (status_list(ttl=10**12), 43_200),
        (status_list(ttl=-5), 0),
        (status_list(), 300),
        (b"nonsense", 0),
        (b"a.b.c", 0),
        (None, 0),
    ],
)
def test_a_status_list_is_kept_for_its_ttl_and_never_past_its_exp(body: bytes | None, seconds: int) -> None:
    assert life_of("status_list", body, at=AT) == timedelta(seconds=seconds)


def test_the_cache_is_bounded_and_forgets_in_time() -> None:
    cache = MaterialCache(size=2)
    for name in "abc":
        cache.put(Material(kind="status_list", url=name, body=status_list(ttl=60), fetched_at=AT), at=AT)
    assert len(cache) == 2
    assert cache.get(Need(kind="status_list", url="a"), at=AT) is None
    assert cache.get(Need(kind="status_list", url="c"), at=AT + timedelta(seconds=59)) is not None
    assert cache.get(Need(kind="status_list", url="c"), at=AT + timedelta(seconds=60)) is None
    cache.put(Material(kind="status_list", url="d", body=None, fetched_at=AT, error="timeout"), at=AT)
    assert cache.get(Need(kind="status_list", url="d"), at=AT) is None
