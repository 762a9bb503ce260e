"""`skillspas-issuer`. This file only declares the commands; what they do is imported when they are called.

The words of the help stand in `schemas/messages/<lang>/issuer.json`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from issuer.commands.session import Session
from passport.terminal import run

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)
organisation_app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)
key_app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)
accreditation_app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)
audit_app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)
catalogue_app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR")]
DatabaseUrl = Annotated[str | None, typer.Option("--database", metavar="URL")]
BaseUrl = Annotated[str | None, typer.Option("--base-url", metavar="URL")]
Loopback = Annotated[bool, typer.Option("--allow-loopback-http")]
Org = Annotated[str, typer.Argument(metavar="ORG")]


@app.callback()
def skillspas_issuer() -> None:
    """The help of the whole."""


@app.command()
def serve(
    ctx: typer.Context,
    *,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8001,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64)] = 1,
    status_ttl: Annotated[int | None, typer.Option("--status-ttl", min=1, max=86_400, metavar="SECONDS")] = None,
    base_url: BaseUrl = None,
    data: Data = None,
    database: DatabaseUrl = None,
    allow_loopback_http: Loopback = False,
) -> int:
    """Run the service."""
    from issuer.commands.serving import serve as command

    session = Session(ctx.obj, data=data, database=database, base_url=base_url, loopback=allow_loopback_http)
    return command(session, host=host, port=port, workers=workers, status_ttl=status_ttl)


@organisation_app.command("add")
def organisation_add(
    ctx: typer.Context,
    organisation: Annotated[str, typer.Argument(metavar="ID")],
    *,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND")],
    name: Annotated[str, typer.Option("--name", metavar="NAME")],
    name_en: Annotated[str | None, typer.Option("--name-en", metavar="NAME")] = None,
    brin: Annotated[str | None, typer.Option("--brin", metavar="BRIN")] = None,
    identifier: Annotated[list[str] | None, typer.Option("--identifier", metavar="KIND=VALUE")] = None,
    no_accreditation: Annotated[bool, typer.Option("--no-accreditation")] = False,
    base_url: BaseUrl = None,
    data: Data = None,
    database: DatabaseUrl = None,
    allow_loopback_http: Loopback = False,
) -> int:
    """Add an organisation."""
    from issuer.commands.organisations import add as command

    session = Session(ctx.obj, data=data, database=database, base_url=base_url, loopback=allow_loopback_http)
    numbers = [*([f"brin={brin}"] if brin else []), *(identifier or [])]
    return command(
        session,
        organisation,
        kind=kind,
        name=name,
        name_en=name_en,
        identifiers=numbers,
        accredited=not no_accreditation,
    )


@organisation_app.command("list")
def organisation_list(ctx: typer.Context, data: Data = None, database: DatabaseUrl = None) -> int:
    """List organisations."""
    from issuer.commands.organisations import list_all as command

    return command(Session(ctx.obj, data=data, database=database))


@organisation_app.command("api-key")
def organisation_api_key(
    ctx: typer.Context,
    organisation: Org,
    *,
    revoke_old: Annotated[bool, typer.Option("--revoke-old")] = False,
    data: Data = None,
    database: DatabaseUrl = None,
) -> int:
    """Make an API key."""
    from issuer.commands.organisations import api_key as command

    return command(Session(ctx.obj, data=data, database=database), organisation, revoke_old=revoke_old)


@organisation_app.command("stop")
def organisation_stop(ctx: typer.Context, organisation: Org, data: Data = None, database: DatabaseUrl = None) -> int:
    """Stop issuing."""
    from issuer.commands.organisations import switch as command

    return command(Session(ctx.obj, data=data, database=database), organisation, stopped=True)


@organisation_app.command("resume")
def organisation_resume(ctx: typer.Context, organisation: Org, data: Data = None, database: DatabaseUrl = None) -> int:
    """Start issuing again."""
    from issuer.commands.organisations import switch as command

    return command(Session(ctx.obj, data=data, database=database), organisation, stopped=False)


@key_app.command("list")
def key_list(ctx: typer.Context, organisation: Org, data: Data = None, database: DatabaseUrl = None) -> int:
    """List keys."""
    from issuer.commands.keys import list_all as command

    return command(Session(ctx.obj, data=data, database=database), organisation)


@key_app.command("rotate")
def key_rotate(
    ctx: typer.Context,
    organisation: Org,
    *,
    compromised: Annotated[bool, typer.Option("--compromised")] = False,
    data: Data = None,
    database: DatabaseUrl = None,
) -> int:
    """Sign with a new key."""
    from issuer.commands.keys import rotate as command

    return command(Session(ctx.obj, data=data, database=database), organisation, compromised=compromised)


@key_app.command("request")
def key_request(ctx: typer.Context, organisation: Org, data: Data = None, database: DatabaseUrl = None) -> int:
    """Make a certificate request."""
    from issuer.commands.keys import request as command

    return command(Session(ctx.obj, data=data, database=database), organisation)


@key_app.command("install")
def key_install(
    ctx: typer.Context,
    organisation: Org,
    chain: Annotated[Path, typer.Argument(metavar="CHAIN")],
    *,
    anchor: Annotated[Path | None, typer.Option("--anchor", metavar="FILE")] = None,
    data: Data = None,
    database: DatabaseUrl = None,
) -> int:
    """Use a real certificate."""
    from issuer.commands.keys import install as command

    return command(Session(ctx.obj, data=data, database=database), organisation, chain=chain, anchor=anchor)


@app.command("trust-entry")
def trust_entry(ctx: typer.Context, organisation: Org, data: Data = None, database: DatabaseUrl = None) -> int:
    """Print the register entry."""
    from issuer.commands.organisations import trust_entry as command

    return command(Session(ctx.obj, data=data, database=database), organisation)


@accreditation_app.command("add")
def accreditation_add(
    ctx: typer.Context,
    organisation: Org,
    *,
    type: Annotated[str, typer.Option("--type", metavar="TYPE")],
    crebo: Annotated[str, typer.Option("--crebo", metavar="CODES")],
    from_: Annotated[str, typer.Option("--from", metavar="DATE")],
    until: Annotated[str | None, typer.Option("--until", metavar="DATE")] = None,
    granted_by: Annotated[str, typer.Option("--granted-by", metavar="NAME")] = "",
    basis: Annotated[str, typer.Option("--basis", metavar="TEXT")] = "",
    data: Data = None,
    database: DatabaseUrl = None,
) -> int:
    """Add an accreditation."""
    from issuer.commands.organisations import add_accreditation as command

    session = Session(ctx.obj, data=data, database=database)
    return command(
        session, organisation, type_name=type, crebo=crebo, since=from_, until=until, granted_by=granted_by, basis=basis
    )


@app.command()
def issue(
    ctx: typer.Context,
    organisation: Org,
    *,
    type: Annotated[str, typer.Option("--type", metavar="TYPE")],
    claims: Annotated[Path, typer.Option("--claims", metavar="FILE", allow_dash=True)],
    no_tx_code: Annotated[bool, typer.Option("--no-tx-code")] = False,
    by_value: Annotated[bool, typer.Option("--by-value")] = False,
    expires_in: Annotated[int | None, typer.Option("--expires-in", metavar="SECONDS")] = None,
    valid_until: Annotated[str | None, typer.Option("--valid-until", metavar="DATE-TIME")] = None,
    qr: Annotated[Path | None, typer.Option("--qr", metavar="FILE")] = None,
    data: Data = None,
    database: DatabaseUrl = None,
) -> int:
    """Offer one credential."""
    from issuer.commands.issuing import issue as command

    body = {"type": type, "tx_code": not no_tx_code, "by_value": by_value}
    more = {"expires_in": expires_in, "valid_until": valid_until}
    body |= {name: value for name, value in more.items() if value is not None}
    return command(Session(ctx.obj, data=data, database=database), organisation, claims=claims, body=body, qr=qr)


@app.command()
def decide(
    ctx: typer.Context,
    organisation: Org,
    *,
    statement: Annotated[Path, typer.Option("--statement", metavar="FILE", allow_dash=True)],
    grant: Annotated[Path | None, typer.Option("--grant", metavar="FILE")] = None,
    award: Annotated[Path | None, typer.Option("--award", metavar="FILE")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="ROLE")] = None,
    trust: Annotated[str | None, typer.Option("--trust", metavar="FILE_OR_URL")] = None,
    trust_key: Annotated[Path | None, typer.Option("--trust-key", metavar="FILE")] = None,
    holder_known: Annotated[bool, typer.Option("--holder-known")] = False,
    data: Data = None,
    database: DatabaseUrl = None,
    allow_loopback_http: Loopback = False,
) -> int:
    """Decide on a signed stack."""
    from issuer.commands.deciding import decide_on as command

    return command(
        Session(ctx.obj, data=data, database=database, loopback=allow_loopback_http),
        organisation,
        statement=statement,
        grant=grant,
        award=award,
        by=by,
        trust=trust,
        trust_key=trust_key,
        holder_known=holder_known,
    )


@audit_app.command("verify")
def audit_verify(ctx: typer.Context, organisation: Org, data: Data = None, database: DatabaseUrl = None) -> int:
    """Verify the log."""
    from issuer.commands.organisations import verify_audit as command

    return command(Session(ctx.obj, data=data, database=database), organisation)


@catalogue_app.command("import")
def catalogue_import(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER")],
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR")],
) -> int:
    """Import a catalogue."""
    from issuer.commands.catalogue import import_folder as command

    return command(ctx.obj, folder, out=out)


@catalogue_app.command("check")
def catalogue_check(ctx: typer.Context, folder: Annotated[Path | None, typer.Argument(metavar="[DIR]")] = None) -> int:
    """Check a catalogue."""
    from issuer.commands.catalogue import check_folder as command

    return command(ctx.obj, folder)


@app.command()
def migrate(ctx: typer.Context, data: Data = None, database: DatabaseUrl = None) -> int:
    """Migrate the database."""
    from issuer.commands.serving import migrate as command

    return command(Session(ctx.obj, data=data, database=database))


app.add_typer(organisation_app, name="organisation")
app.add_typer(key_app, name="key")
app.add_typer(accreditation_app, name="accreditation")
app.add_typer(audit_app, name="audit")
app.add_typer(catalogue_app, name="catalogue")


def main() -> int:
    """Run the command line; the environment enters here and nowhere deeper."""
    return run(app, area="issuer", prog="skillspas-issuer", argv=sys.argv[1:], environ=os.environ)


if __name__ == "__main__":
    sys.exit(main())
