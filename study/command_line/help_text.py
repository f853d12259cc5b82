"""How help is laid out: paragraphs run to the width of the terminal, indented examples stand."""

import copy
import inspect
from collections.abc import Callable
from typing import Any

import typer
from rich.markup import escape
from typer.core import TyperCommand


class Commands(typer.Typer):
    """A group of commands; `app.py` puts all of them together."""

    def command(self, *args: Any, **options: Any) -> Callable[[Any], Any]:
        """As Typer's own, with help that reads well at any width."""
        options.setdefault("cls", FlowingCommand)
        return super().command(*args, **options)


class FlowingCommand(TyperCommand):
    """A command whose docstring keeps its line breaks in the code, but not in the terminal."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help with its paragraphs flowing; Typer joins the lines of the first only."""
        shown = copy.copy(self)
        shown.help = flowing(self.help, is_markup=self.rich_markup_mode == "rich")
        super(FlowingCommand, shown).format_help(ctx, formatter)


def flowing(text: str | None, *, is_markup: bool = False) -> str:
    """`text` with each paragraph on one line, except those that are indented: examples.

    With `is_markup` these bear a style, and what stands in brackets is no markup.
    """
    said = inspect.cleandoc(text or "")
    paragraphs = (escape(said) if is_markup else said).split("\n\n")
    return "\n\n".join(
        _example(each, is_markup=is_markup) if each.startswith(" ") else each.replace("\n", " ")
        for each in paragraphs
    )


def _example(paragraph: str, *, is_markup: bool) -> str:
    if not is_markup:
        return paragraph
    # Typer takes an indent away that all lines have in common; markup in front keeps it. A line may
    # end in a backslash, which would escape a bracket after it: all are closed at the end.
    lines = paragraph.split("\n")
    return "\n".join(f"[cyan]{line}" for line in lines) + "[/]" * len(lines)
