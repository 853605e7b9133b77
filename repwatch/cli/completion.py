"""``repwatch completion``: the completion script of a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

HOW = {
    "bash": "repwatch completion bash > ~/.local/share/bash-completion/completions/repwatch",
    "zsh": "repwatch completion zsh > ~/.zfunc/_repwatch   (a folder of your $fpath)",
    "fish": "repwatch completion fish > ~/.config/fish/completions/repwatch.fish",
}


@click.command("completion", epilog="\b\n" + "\n".join(HOW.values()))
@click.argument("shell", type=click.Choice(list(HOW)))
@click.pass_context
def completion_command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of SHELL."""
    script = get_completion_class(shell)
    assert script is not None
    click.echo(script(ctx.find_root().command, {}, "repwatch", "_REPWATCH_COMPLETE").source())
