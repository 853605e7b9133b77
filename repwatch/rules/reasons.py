"""Lists every code that a reason may carry, so that each language can be tested to word them all."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Why a verdict or a priority is what it is; ``detail`` of the reason is what was seen."""

    # verdict: how the name stands there
    NAME_FULL = "name_full"
    NAME_INVERTED = "name_inverted"
    NAME_ALIAS = "name_alias"
    NAME_INITIAL = "name_initial"
    NAME_SURNAME = "name_surname"
    NAME_NEAR = "name_near"
    NAME_PHRASE = "name_phrase"  # an organisation's name
    NAME_COMMON_WORD = "name_common_word"  # ... used like a common word, or as a part of another name
    NAME_UNSEEN = "name_unseen"  # the service says that it matches, the excerpt does not show it
    # verdict: what else is said
    CONTEXT_EMPLOYER = "context_employer"
    CONTEXT_PLACE = "context_place"
    CONTEXT_TOPIC = "context_topic"
    CONTEXT_WORK = "context_work"
    NO_CONTEXT = "no_context"  # nothing there tells the subject from a namesake
    INTRODUCED_OTHERWISE = "introduced_otherwise"  # the text presents the person by other words
    NOT_ME_EMPLOYER = "not_me_employer"
    NOT_ME_PLACE = "not_me_place"
    NOT_ME_TOPIC = "not_me_topic"
    NOT_ME_WORK = "not_me_work"
    OWN_PROFILE = "own_profile"  # the very address the subject listed as theirs
    OWN_HOST = "own_host"  # a page of a site that is the subject's own
    WATCHED_PAGE = "watched_page"  # a page that the owner asked to watch
    # priority
    CUE_ACCUSED = "cue_accused"
    CUE_DANGER = "cue_danger"
    CUE_CRITICISED = "cue_criticised"
    CUE_PRAISED = "cue_praised"
    PROFILE_FOUND = "profile_found"
    RESURFACED = "resurfaced"
    NOT_SURE = "not_sure"
    NOT_ABOUT_ME = "not_about_me"
    ROUTINE = "routine"  # a directory, a list of results, a programme


CODES: tuple[str, ...] = tuple(Code)
