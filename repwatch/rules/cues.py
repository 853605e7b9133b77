"""Lists the words, French and English, by which a text tells that something happened to a name.

The patterns match folded text. They say what kind of news it is, not whom it concerns: that is the
verdict's part.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from repwatch.rules.reasons import Code

_ACCUSED = (
    r"accus(?:e[ds]?|ees?|es|ing|ations?|ers?)|alleg(?:ed|ations?)|suspect(?:e[ds]?|ees?|es)?"
    r"|soupconn\w+|plaintes?|complaints? (?:\w+ )?(?:against|filed)|filed (?:\w+ )?complaints?"
    r"|mise?s? en (?:examen|cause|accusation)|garde a vue|charged|indict\w+|prosecut(?:ed|ors?|ion)"
    r"|(?<!cardiac )arrest(?:ed|s)?|(?<!s')arretee?s?|interpell\w+|inculp\w+|convict\w+|condamn\w+"
    r"|sentenced|guilty|coupable|jail\w*|prison|parquet|poursuivi\w*|poursuites|proces contre|lawsuits?"
    r"|sued|sues|assign\w+ en justice|faces? (?:\w+ )?(?:judges?|trial|court|charges)|tribunal|acquit\w+"
    r"|exonerat\w+|relax\w+|hors de cause|blanchi\w*|cleared of|under (?:\w+ )?investigation|enquete"
    r"|inquiry|fraud\w*|escroquer\w*|escroc|scam\w*|arnaqu\w*|embezzl\w+|detourn\w+|abus de|corrupt\w*"
    r"|blanchiment|laundering|harass\w+|harcel\w*|agress\w*|assault\w*|viols?|rape|plagiat|plagiar\w+"
    r"|diffam\w*|defamat\w+|liquidation judiciaire|redressement judiciaire|bankrupt\w*"
)
_DANGER = (
    r"data (?:leak|breach)|leak(?:ed|s)?|breach\w*|fuites? de donnees|donnees (?:\w+ )*volees?|volees?"
    r"|stolen|hack(?:ed|ers?|ing)|pirat(?:e|es|ee|ees|age)|cyberattack\w*|cyberattaqu\w*|ransomware"
    r"|rancongiciel|phishing|hameconnage|recall(?:ed|s|ing)?"
    r"|rappel(?:le|lent|s)? (?:\d|massif|de produits?|produit)|dangerous|dangereu\w+"
    r"|alerte? (?:sanitaire|securite)|safety alert|visee? par une alerte|impersonat\w+|usurp\w+"
    r"|fake (?:profile|account)|faux (?:profil|compte)s?|doxx?\w*|deepfakes?|revenge porn|threat\w*"
    r"|menac\w+|chantage|blackmail\w*"
)
_CRITICISED = (
    r"criti(?:cis\w+|ciz\w+|ques?|cism)|etrill\w+|under fire|sous le feu|polemiqu\w+|controvers\w+"
    r"|scandal\w*|fiasco|echec|failure|deprived|privee?s? de|retire|withdr\w+"
    r"|loses? (?:\w+ )?(?:honou?r|title|award)|perd sa|indigne|boycott\w*|backlash|outrage|coleres?"
    r"|anger|mauvais\w* avis|bad reviews?|a eviter|to avoid|avoid th\w+|mensong\w*|liars?"
    r"|ment(?:eur|euse)s?|honte|shame\w*|licenci\w+|fired|sacked|demission\w*|resign\w*"
)
_PRAISED = (
    r"award\w*|prix|primee?s?|prize\w*|recompens\w*|honou?rs?|salu(?:e|es|ee|ent)|triumph\w*|succes\w*"
    r"|success\w*|tributes?|hommage|heros|hero|laureate?s?|winners?|wins|elue?|voted|plebiscit\w+"
    r"|leve(?:e|nt)? \d|raises? \d"
)
_ROUTINE = (
    r"annuaire|directory|profiles?|fiche de|view the profile|full results|tous les resultats|classement"
    r"|(?:au|le) programme|programme, featuring|agenda|agenda\w*|evening with|talk (?:by|on)|conference"
    r"|interview|entretien|trois questions|three questions|marathon|obseques|obituar\w+|horoscope"
    r"|genealog\w*|classifieds?|petites annonces"
)


class Cue(NamedTuple):
    """A word that tells what kind of news a text is: its code and how the text spells it, folded."""

    code: Code
    word: str


_KINDS = tuple(
    (code, re.compile(rf"\b(?:{words})\b"))
    for code, words in (
        (Code.CUE_ACCUSED, _ACCUSED),
        (Code.CUE_DANGER, _DANGER),
        (Code.CUE_CRITICISED, _CRITICISED),
        (Code.CUE_PRAISED, _PRAISED),
        (Code.ROUTINE, _ROUTINE),
    )
)


def cues(folded: str) -> tuple[Cue, ...]:
    """The first cue of each kind in a folded text, the gravest kind first."""
    found = ((code, pattern.search(folded)) for code, pattern in _KINDS)
    return tuple(Cue(code, match[0]) for code, match in found if match)
