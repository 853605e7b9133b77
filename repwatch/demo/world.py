"""The invented story of the demo: who lives in it, what is said of them, and in which round.

Nobody here exists. Mireille Exemple-Fictive advises professionals in Lyon; another woman of the same
name skates in Québec. Round 1 is the baseline, round 2 the later look.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

GIVEN = "Mireille"
FAMILY = "Exemple-Fictive"
NAME = f"{GIVEN} {FAMILY}"
ALIAS = "Mireille Exemple"
EMPLOYER = "Atelier Imaginaire"
BOOK = "Réussir autrement"
OWN_PAGE = "https://atelier-imaginaire.example/mireille"

FIRST_ROUND = 1
LAST_ROUND = 2
_YEAR = 365.0


@dataclass(frozen=True, slots=True)
class Article:
    """Something published: ``days`` is its age, ``since`` the first round that shows it.

    ``retitled`` is its title from round 2 on, when an editor changed it.
    """

    title: str
    url: str
    summary: str
    days: float
    since: int = FIRST_ROUND
    site: str = ""
    retitled: str = ""

    def in_round(self, number: int) -> Article:
        """The article as it reads in that round."""
        return replace(self, title=self.retitled) if self.retitled and number >= LAST_ROUND else self

    def published(self, now: datetime) -> datetime:
        """When it came out, seen from ``now``, to the second."""
        return (now - timedelta(days=self.days)).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Person:
    """An entry in a people's directory; ``uid`` is the directory's own number or handle."""

    uid: str
    about: str = ""
    employer: str = ""
    since: int = FIRST_ROUND
    name: str = NAME


# A post that an alert and the blog's own feed both show, each with its own tracking parameters.
_RULES = Article(
    f"Trois règles de {NAME} pour répondre à tout le monde",
    "https://carnets-reseaux.example/regles-de-reponse",
    f"Ne jamais répondre nuit à l'image. {NAME}, de l'{EMPLOYER} à Lyon, propose trois règles simples.",
    0.15,
    since=2,
    site="Carnets Réseaux",
)

ALERTS = (
    Article(
        f"Plainte pour escroquerie : la consultante {NAME} mise en cause à Lyon",
        "https://courrier-imaginaire.example/justice/plainte-consultante?id=4102",
        f"Deux clients de l'{EMPLOYER} ont déposé plainte. {NAME} conteste et parle d'un malentendu",
        0.04,
        since=2,
        site="Le Courrier Imaginaire",
    ),
    Article(
        f"{NAME} to keynote the Nowhere Reputation Summit",
        "https://sample-gazette.example/events/nowhere-summit-keynote",
        f"The Lyon consultant {NAME}, author of {BOOK}, opens this year's summit on professional networks",
        0.08,
        since=2,
        site="The Sample Gazette",
    ),
    replace(_RULES, url=f"{_RULES.url}?utm_source=alerte&utm_medium=email"),
    replace(
        _RULES,
        url="https://lyon-factice.example/reprises/trois-regles",
        site="Lyon Factice",
        days=0.12,
    ),
    Article(
        f"{NAME} remporte l'or à la Coupe de Québec",
        "https://quebec-glace.example/resultats/coupe-or",
        f"La patineuse {NAME} signe le meilleur programme libre de la compétition de patinage à Québec",
        0.2,
        since=2,
        site="Québec Glace",
    ),
    Article(
        "Conférences de la semaine : réseaux, clubs et cartes de visite",
        "https://agenda-chimere.example/lyon/semaine-48",
        "Le programme complet des rencontres professionnelles, avec les intervenants de chaque soirée",
        0.3,
        since=2,
        site="Agenda Chimère",
    ),
    Article(
        f"{NAME} : « Un réseau dormant abîme une réputation »",
        "https://courrier-imaginaire.example/economie/reseau-dormant?id=3977",
        f"La fondatrice de l'{EMPLOYER} conseille aux cadres lyonnais de fermer les profils oubliés",
        2,
        site="Le Courrier Imaginaire",
    ),
    Article(
        f"Portrait de {NAME}, la consultante qui débranche les cadres",
        "https://lyon-factice.example/portraits/mireille-exemple-fictive",
        f"À Lyon, {NAME} apprend aux dirigeants à garder moins de réseaux, mais vivants",
        5,
        site="Lyon Factice",
    ),
    Article(
        f"Ten networking habits worth keeping, by {NAME}",
        "https://sample-gazette.example/careers/ten-habits",
        f"In her book {BOOK}, {NAME} of {EMPLOYER} lists what busy professionals can stop doing",
        8,
        site="The Sample Gazette",
    ),
    Article(
        f"Patinage artistique : {NAME} rejoint le club de Québec",
        "https://quebec-glace.example/clubs/nouvelle-recrue",
        f"La patineuse {NAME}, dix-neuf ans, s'entraînera désormais à Québec",
        11,
        site="Québec Glace",
    ),
)

BLOG = (
    replace(_RULES, url=f"{_RULES.url}?utm_source=flux&utm_medium=rss"),
    Article(
        f"Reading notes: what {NAME} gets right about clubs",
        "https://carnets-reseaux.example/reading-notes-clubs",
        f"{BOOK} by {NAME} argues for three useful clubs instead of thirty. We tried it for a month.",
        0.4,
        since=2,
    ),
    Article(
        f"Quand {NAME} fermait sa première société à Lyon",
        "https://carnets-reseaux.example/archives/premiere-societe",
        f"Retour sur la liquidation de Fictive Conseil et sur ce que {NAME} en a retenu.",
        4 * _YEAR,
        since=2,
    ),
    Article(
        f"{NAME} publie son guide des profils oubliés",
        "https://carnets-reseaux.example/guide-des-profils-oublies",
        f"Un guide gratuit de l'{EMPLOYER} pour retrouver et fermer ses vieux comptes.",
        3,
        retitled=f"Rectificatif : {NAME} retire son guide des profils oubliés",
    ),
    Article(
        "Petit éloge du silence en ligne",
        "https://carnets-reseaux.example/petit-eloge-du-silence",
        "Et si l'on publiait moins ? Un billet d'humeur.",
        6,
    ),
    Article(
        f"Entretien : {NAME}, de l'annuaire au club",
        "https://carnets-reseaux.example/entretien-annuaire-club",
        f"{NAME} revient sur vingt ans de réseaux professionnels à Lyon.",
        12,
    ),
    Article(
        "Faut-il encore des cartes de visite ?",
        "https://carnets-reseaux.example/cartes-de-visite",
        "Oui, mais une seule à la fois.",
        19,
    ),
)

# In the order of the results page: what is new in round 2 pushes the others down.
SEARCH = (
    Article(
        f"{NAME} | {EMPLOYER}, Lyon",
        OWN_PAGE,
        f"{NAME} accompagne les professionnels débordés par leurs réseaux.",
        90,
    ),
    Article(
        f"{EMPLOYER} : arnaque ou pas ? Avis sur {NAME}",
        "https://avis-inventes.example/t/atelier-imaginaire-arnaque",
        f"Sujet ouvert hier : formation payée, jamais reçue. {NAME} a-t-elle répondu à quelqu'un ?",
        1,
        since=2,
    ),
    Article(
        f"{BOOK}, de {NAME}",
        "https://librairie-fabulee.example/livres/reussir-autrement",
        f"{NAME}, consultante à Lyon, signe un petit manuel contre la surprésence.",
        40,
    ),
    Article(
        f"Episode 42: {NAME} on answering everyone",
        "https://radio-chimere.example/podcasts/42",
        f"We talk with {NAME}, author of {BOOK}, about inboxes, clubs and dormant profiles.",
        0.5,
        since=2,
    ),
    Article(
        f"{NAME} - fiche de patineuse",
        "https://quebec-glace.example/patineuses/exemple-fictive",
        f"Résultats de {NAME} en patinage artistique : Québec, juniors et seniors.",
        60,
    ),
    Article(
        "Programme du Colloque de Nulle-Part (PDF)",
        "https://colloque-nulle-part.example/programme.pdf",
        f"10 h 30 : {NAME} ({EMPLOYER}), « Moins de réseaux, plus de liens ».",
        0.9,
        since=2,
    ),
    Article(
        f"{NAME} : « Un réseau dormant abîme une réputation »",
        "https://courrier-imaginaire.example/economie/reseau-dormant?id=3977&utm_campaign=moteur",
        f"La fondatrice de l'{EMPLOYER} conseille aux cadres lyonnais de fermer les profils oubliés.",
        2,
    ),
    Article(
        "Wikipedia of Nowhere",
        "https://encyclopedia-nowhere.example/",
        "What a search engine always finds, if it finds anything.",
        900,
    ),
)

WIRE = (
    Article(
        f"{EMPLOYER} opens a second workshop, says {NAME}",
        "https://nowhere-wire.example/briefs/second-workshop",
        f"{NAME} expects four hires in Lyon by spring.",
        4,
    ),
    Article(
        "Sample prices hold steady for a third week",
        "https://nowhere-wire.example/briefs/sample-prices",
        "Nothing moved, and nobody minded.",
        4.5,
    ),
)

# The last of each register is whom its canary asks for: somebody whom it must know.
WIKIDATA = (
    Person("Q990000000001", "patineuse artistique québécoise"),
    Person("Q990000000002", "detective who never lived", name="Sherlock Holmes"),
)
# No living record can carry these numbers: their check digits are wrong on purpose.
ORCID = (
    Person("0009-0000-0000-0000", employer=EMPLOYER, since=2),
    Person("0009-0000-0000-0001", employer="University of Nowhere", name="Josiah Carberry"),
)
GITHUB = (
    Person("mireille-exemple-fictive"),
    Person("exemple-fictive-on-ice", since=2),
    Person("octocat-of-nowhere", name="Octocat"),
)


@dataclass(slots=True)
class World:
    """The invented web at one moment: ``now`` dates everything, ``round`` says how far we are."""

    now: datetime
    round: int = FIRST_ROUND

    def articles(self, shelf: tuple[Article, ...]) -> tuple[Article, ...]:
        """What that shelf shows in this round, in its own order."""
        return tuple(article.in_round(self.round) for article in shelf if article.since <= self.round)

    def newest(self, shelf: tuple[Article, ...]) -> tuple[Article, ...]:
        """What a feed of that shelf shows in this round, newest first."""
        return tuple(sorted(self.articles(shelf), key=lambda article: article.days))

    def found(self, query: str) -> tuple[Article, ...]:
        """The results page for a phrase, with or without its quotation marks."""
        phrase = query.replace('"', "").strip().casefold()
        return tuple(
            article
            for article in self.articles(SEARCH)
            if phrase and phrase in f"{article.title} {article.summary}".casefold()
        )

    def people(self, directory: tuple[Person, ...], query: str) -> tuple[Person, ...]:
        """Those of a directory whose every name the query holds."""
        asked = query.casefold()
        return tuple(
            person
            for person in directory
            if person.since <= self.round and all(word in asked for word in person.name.casefold().split())
        )
