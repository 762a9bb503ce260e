"""`skillspas`: the holder's wallet. This file only declares the commands; each is imported when it is called.

The words of the help stand in `schemas/messages/<lang>/wallet.json`. Annotations are evaluated here, not postponed:
typer would have to compile each of them again at every start.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from passport.terminal import run

if TYPE_CHECKING:
    from wallet_cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)

Wallet = Annotated[Path | None, typer.Option("--wallet", metavar="DIR")]
PassphraseFile = Annotated[Path | None, typer.Option("--passphrase-file", metavar="FILE")]
Trust = Annotated[str | None, typer.Option("--trust", metavar="REGISTER")]
TrustKey = Annotated[Path | None, typer.Option("--trust-key", metavar="FILE")]
Loopback = Annotated[bool, typer.Option("--allow-loopback-http")]
Yes = Annotated[bool, typer.Option("--yes")]
Verbose = Annotated[bool, typer.Option("--verbose")]
Identifier = Annotated[str, typer.Argument(metavar="ID")]


def _session(ctx: typer.Context, **given: Any) -> "Session":
    from wallet_cli.session import Session

    return Session(terminal=ctx.obj, **given)


@app.callback()
def skillspas() -> None:
    """The help of the whole."""


@app.command()
def init(ctx: typer.Context, wallet: Wallet = None, passphrase_file: PassphraseFile = None) -> int:
    """Make a wallet."""
    from wallet_cli.commands.holding import init as command

    return command(_session(ctx, wallet=wallet, passphrase_file=passphrase_file))


@app.command()
def receive(
    ctx: typer.Context,
    offer: Annotated[str, typer.Argument(metavar="OFFER")],
    *,
    tx_code: Annotated[str | None, typer.Option("--tx-code", metavar="CODE")] = None,
    yes: Yes = False,
    accept_unknown_issuer: Annotated[bool, typer.Option("--accept-unknown-issuer")] = False,
    trust: Trust = None,
    trust_key: TrustKey = None,
    wallet: Wallet = None,
    passphrase_file: PassphraseFile = None,
    allow_loopback_http: Loopback = False,
) -> int:
    """Receive a credential."""
    from wallet_cli.commands.receive import receive as command

    session = _session(
        ctx,
        wallet=wallet,
        passphrase_file=passphrase_file,
        trust=trust,
        trust_key=trust_key,
        allow_loopback_http=allow_loopback_http,
    )
    return command(session, offer, tx_code=tx_code, yes=yes, accept_unknown_issuer=accept_unknown_issuer)


@app.command("list")
def list_(ctx: typer.Context, wallet: Wallet = None, passphrase_file: PassphraseFile = None) -> int:
    """List what is held."""
    from wallet_cli.commands.holding import list_credentials

    return list_credentials(_session(ctx, wallet=wallet, passphrase_file=passphrase_file))


@app.command()
def show(
    ctx: typer.Context, identifier: Identifier, wallet: Wallet = None, passphrase_file: PassphraseFile = None
) -> int:
    """Show one credential."""
    from wallet_cli.commands.holding import show as command

    return command(_session(ctx, wallet=wallet, passphrase_file=passphrase_file), identifier)


@app.command()
def remove(
    ctx: typer.Context,
    identifier: Identifier,
    *,
    yes: Yes = False,
    wallet: Wallet = None,
    passphrase_file: PassphraseFile = None,
) -> int:
    """Remove one credential."""
    from wallet_cli.commands.holding import remove as command

    return command(_session(ctx, wallet=wallet, passphrase_file=passphrase_file), identifier, yes=yes)


@app.command()
def check(
    ctx: typer.Context,
    what: Annotated[str | None, typer.Argument(metavar="ID|FILE")] = None,
    *,
    verbose: Verbose = False,
    trust: Trust = None,
    trust_key: TrustKey = None,
    wallet: Wallet = None,
    passphrase_file: PassphraseFile = None,
    allow_loopback_http: Loopback = False,
) -> int:
    """Verify what is held, or a credential in a file."""
    from wallet_cli.commands.check import check as command

    session = _session(
        ctx,
        wallet=wallet,
        passphrase_file=passphrase_file,
        trust=trust,
        trust_key=trust_key,
        allow_loopback_http=allow_loopback_http,
    )
    return command(session, what, verbose=verbose)


@app.command()
def stack(
    ctx: typer.Context,
    *,
    target: Annotated[str | None, typer.Option("--target", metavar="CREBO")] = None,
    cohort: Annotated[str | None, typer.Option("--cohort", metavar="2025-2026")] = None,
    school: Annotated[str | None, typer.Option("--school", metavar="ISS")] = None,
    date: Annotated[str | None, typer.Option("--date", metavar="DATE")] = None,
    what_if: Annotated[Path | None, typer.Option("--what-if", metavar="FILE")] = None,
    with_wallet: Annotated[bool, typer.Option("--with-wallet")] = False,
    compare: Annotated[bool, typer.Option("--compare")] = False,
    least: Annotated[bool, typer.Option("--least")] = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE")] = None,
    catalogue: Annotated[Path | None, typer.Option("--catalogue", metavar="DIR")] = None,
    require_complete: Annotated[bool, typer.Option("--require-complete")] = False,
    verbose: Verbose = False,
    trust: Trust = None,
    trust_key: TrustKey = None,
    wallet: Wallet = None,
    passphrase_file: PassphraseFile = None,
    allow_loopback_http: Loopback = False,
) -> int:
    """Progress toward a diploma."""
    from wallet_cli.commands.stack import StackOptions
    from wallet_cli.commands.stack import stack as command

    session = _session(
        ctx,
        wallet=wallet,
        passphrase_file=passphrase_file,
        trust=trust,
        trust_key=trust_key,
        allow_loopback_http=allow_loopback_http,
    )
    options = StackOptions(
        target=target,
        cohort=cohort,
        school=school,
        date=date,
        what_if=what_if,
        with_wallet=with_wallet,
        compare=compare,
        least=least,
        html=html,
        catalogue=catalogue,
        require_complete=require_complete,
        verbose=verbose,
    )
    return command(session, options)


@app.command()
def present(
    ctx: typer.Context,
    request: Annotated[str, typer.Argument(metavar="REQUEST")],
    *,
    yes: Yes = False,
    target: Annotated[str | None, typer.Option("--target", metavar="CREBO")] = None,
    cohort: Annotated[str | None, typer.Option("--cohort", metavar="2025-2026")] = None,
    school: Annotated[str | None, typer.Option("--school", metavar="ISS")] = None,
    trust: Trust = None,
    trust_key: TrustKey = None,
    wallet: Wallet = None,
    passphrase_file: PassphraseFile = None,
    allow_loopback_http: Loopback = False,
) -> int:
    """Answer a request to show something."""
    from wallet_cli.commands.present import StackTarget
    from wallet_cli.commands.present import present as command

    session = _session(
        ctx,
        wallet=wallet,
        passphrase_file=passphrase_file,
        trust=trust,
        trust_key=trust_key,
        allow_loopback_http=allow_loopback_http,
    )
    stacked = None if target is None else StackTarget(crebo=target, cohort=cohort, school=school)
    return command(session, request, yes=yes, stacked=stacked)


@app.command()
def history(ctx: typer.Context, wallet: Wallet = None, passphrase_file: PassphraseFile = None) -> int:
    """What was received and shared, with whom and when."""
    from wallet_cli.commands.holding import history as command

    return command(_session(ctx, wallet=wallet, passphrase_file=passphrase_file))


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    *,
    wallet: Wallet = None,
    passphrase_file: PassphraseFile = None,
) -> int:
    """Write everything to one encrypted file."""
    from wallet_cli.commands.keeping import backup as command

    return command(_session(ctx, wallet=wallet, passphrase_file=passphrase_file), file)


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    *,
    yes: Yes = False,
    wallet: Wallet = None,
    passphrase_file: PassphraseFile = None,
) -> int:
    """Take a backup back in."""
    from wallet_cli.commands.keeping import restore as command

    return command(_session(ctx, wallet=wallet, passphrase_file=passphrase_file), file, yes=yes)


def main() -> int:
    """Run the command line; the environment enters here and nowhere deeper."""
    return run(app, area="wallet", prog="skillspas", argv=sys.argv[1:], environ=os.environ)


if __name__ == "__main__":
    sys.exit(main())
