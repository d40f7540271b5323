"""Whom a sentence blames, by its reason."""

from __future__ import annotations

from qstash_dev.protocol.failure_reason import FailureReason as Reason
from tests.mistakes.told import Party, Place, Sentence

OF_ATTEMPT = dict.fromkeys(Reason, Party.APP) | {
    # The URL that was published to is not that of the app.
    Reason.HTTPS_EXPECTED: Party.CALLER,
    Reason.HTTP_EXPECTED: Party.CALLER,
    Reason.NOT_HTTP: Party.CALLER,
    Reason.OWN_SERVER: Party.CALLER,
    Reason.NOT_A_WORKFLOW: Party.CALLER,
    # The app submits what this server does not take.
    Reason.STEP_REFUSED: Party.CALLER,
    Reason.CANNOT_BE_SENT: Party.CALLER,
    # What is between this server and the app.
    Reason.HOST_NOT_FOUND: Party.NETWORK,
    Reason.CANNOT_CONNECT: Party.NETWORK,
    Reason.CONNECT_TIMEOUT: Party.NETWORK,
    # How this server was started, and what was asked of it.
    Reason.INJECTED_FAULT: Party.SETTING,
    Reason.NOT_MAPPED: Party.SETTING,
    Reason.TOO_MANY_OPEN_FILES: Party.SETTING,
    Reason.ANSWER_DROPPED: Party.SETTING,
    Reason.INTERNAL_ERROR: Party.SERVER,
}
OF_VERDICT = {
    "behind": Party.APP,
    "retrying": Party.APP,
    "gave-up": Party.APP,
    "paused": Party.SETTING,
    "rate-used-up": Party.SETTING,
    "last-failed": Party.SETTING,
    "delayed": Party.NOBODY,
    "waits-for-event": Party.CALLER,
    "canceled": Party.CALLER,
    "stuck": Party.CALLER,
    "in-flight": Party.APP,
}
OF_NOTICE = {
    "duplicate": Party.CALLER,
    "headers-dropped": Party.CALLER,
    "paused": Party.SETTING,
    "rate-used-up": Party.SETTING,
    "still-waiting": Party.APP,
}
OF_NOTE = {"unheard-event": Party.CALLER, "timed-out": Party.CALLER}


def party(sentence: Sentence) -> Party:
    """Whose fault it is, as far as a sentence says so."""
    place, reason = sentence.place, sentence.reason
    if place in (Place.REFUSAL, Place.WARNING, Place.STATUS):
        return Party.CALLER
    if place is Place.ATTEMPT:
        return OF_ATTEMPT[Reason(reason)]
    by_reason = {Place.NOTICE: OF_NOTICE, Place.NOTE: OF_NOTE}.get(place, OF_VERDICT)
    return by_reason[reason]
