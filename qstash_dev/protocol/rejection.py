"""Requests that cannot be served, and the rows of the table of error answers (https://upstash.com/docs/qstash/api-reference)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple


class Rejection(Exception):
    """A request that cannot be served.

    ``status`` is that of the HTTP answer and ``text`` its ``error``. ``field`` names what is at fault as its caller
    writes it: a header, a query parameter, a field of the body, a part of the path or an environment variable; empty
    if it is none of these. A dot leads into a value, as in ``Upstash-Flow-Control-Value.rate``, brackets lead into an
    array, as in ``[3].headers.Upstash-Delay``. ``reason`` is what the text says about the field, to be shown
    beside that. ``expected`` lists the values that would be right, where it can. ``todo`` is what would be right, in
    words, and ``is_told`` is false if the text does not say it, as that of hosted QStash may not. ``run_id`` is the
    workflow run of an item of a batch.
    """

    def __init__(
        self,
        status: int,
        text: str,
        field: str = "",
        reason: str = "",
        expected: Sequence[str] = (),
        run_id: str = "",
        todo: str = "",
        is_told: bool = True,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.field = field
        self.reason = reason or text
        self.expected = expected
        self.run_id = run_id
        self.todo = todo
        self.is_told = is_told

    def about(self, field: str) -> Rejection:
        return self._with(field=field)

    def with_status(self, status: int) -> Rejection:
        return self._with(status=status)

    def of_run(self, run_id: str) -> Rejection:
        return self._with(run_id=run_id)

    def spelled(self, names: Iterable[str]) -> Rejection:
        """The same rejection, with the field as it is written among these names: those of headers ignore case."""
        name, dot, part = self.field.partition(".")
        return self.about(next((one for one in names if one.lower() == name.lower()), name) + dot + part)

    def in_item(self, number: int) -> Rejection:
        """The same rejection of an item of a batch, counted from 0."""
        of_header = "headers." if self.field.lower().startswith("upstash-") else ""
        text = f"item {number} of the batch: {self.text}"
        field = f"[{number}].{of_header}{self.field}"
        return self._with(text=text, field=field)

    def _with(self, **changed: Any) -> Rejection:
        names = ("status", "text", "field", "reason", "expected", "run_id", "todo", "is_told")
        return Rejection(**{name: getattr(self, name) for name in names} | changed)

    def shown(self) -> dict[str, Any]:
        """The rejection as JSON, below ``/_dev/``."""
        fields: dict[str, Any] = {"error": self.text}
        if self.field:
            fields["field"] = self.field
        if self.reason != self.text:
            fields["reason"] = self.reason
        if self.expected:
            fields["expected"] = list(self.expected)
        return fields


class ErrorText(NamedTuple):
    """A row of the table. ``template``, ``field`` and ``todo`` hold placeholders in braces; that of ``todo`` in the
    template is ``{todo}``, and missing where the text is exactly that of hosted QStash."""

    status: int
    template: str
    field: str = ""
    todo: str = ""

    def __call__(self, expected: Sequence[str] = (), /, **values: object) -> Rejection:
        """The :class:`Rejection` to raise. What is ``expected`` also makes the ``reason``, unless one is given."""
        if expected:
            values.setdefault("reason", one_of(expected))
        todo, reason = self.todo.format_map(values), str(values.get("reason", ""))
        text, field = self.template.format_map(values | {"todo": todo}), self.field.format_map(values)
        is_told = not todo or "{todo}" in self.template
        return Rejection(self.status, text, field, reason, expected, todo=todo or reason, is_told=is_told)


def one_of(values: Sequence[str]) -> str:
    """What to use, in words."""
    return f"use one of {', '.join(values)}" if len(values) > 2 else f"use {' or '.join(values)}"
