from __future__ import annotations

import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from repwatch.config.kinds import Kinds, SourceKind
from repwatch.config.load import catalog, check, load
from repwatch.config.secret import Secret
from repwatch.config.settings import Config
from repwatch.errors import ConfigError
from repwatch.model import Context, OwnProfile, Priority, Relation
from tests.fake_kinds import KINDS, SMALL


def config(text: str) -> Config:
    return check(text, Path("/invented/repwatch.yaml"), KINDS)


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        check(text, Path("bad.yml"), KINDS)
    return caught.value.problems


def with_sources(*entries: str) -> str:
    old = '  - {kind: feed, url: "https://blog.example.org/feed"}\n'
    return SMALL.replace(old, "".join(f"  - {entry}\n" for entry in entries))


def with_subject(*lines: str) -> str:
    return SMALL.replace("    relation: self\n", "".join(f"    {line}\n" for line in lines))


# --- a good file --------------------------------------------------------------------------------


def test_a_small_file_gets_its_defaults() -> None:
    found = config(SMALL)
    assert found.language == "en"
    assert found.timezone == ZoneInfo("UTC")
    assert found.fetch.total == 30
    assert found.warnings == ()
    assert found.subjects[0].relation is Relation.SELF


def test_a_source_carries_all_that_a_check_needs() -> None:
    entry = "{kind: searxng, url: 'http://127.0.0.1:8888', subject: ada, every: 6h, interval: 500ms, "
    source = config(with_sources(entry + "allow_private: [127.0.0.1/32], name: Mine}")).sources[0]
    assert (source.kind, source.title, str(source.every)) == ("searxng", "Mine", "6h")
    assert source.subjects == ("ada",)
    assert source.allow_private == (ip_network("127.0.0.1/32"),)
    assert source.interval == pytest.approx(0.5)
    assert source.line == 7
    assert source.options.model_dump()["pages"] == 1


def test_default_ids_are_the_kind_and_a_mark_of_the_address() -> None:
    found = config(with_sources("{kind: feed, url: 'https://a.example/'}", "{kind: google_news}"))
    assert found.sources[0].id.startswith("feed-")
    assert len(found.sources[0].id) == len("feed-0000")
    assert found.sources[1].id == "google_news"


def test_default_cadences_and_titles_come_from_the_table_of_kinds() -> None:
    found = config(with_sources("{kind: feed, url: 'https://a.example/'}", "{kind: google_news}"))
    assert [str(source.every) for source in found.sources] == ["1h", "2h"]
    assert [source.title for source in found.sources] == ["feed (a.example)", "Google News"]


def test_sources_of_one_title_are_told_apart_by_their_ids() -> None:
    alike = (
        "{kind: feed, id: a, url: 'https://a.example/1'}",
        "{kind: feed, id: b, url: 'https://a.example/2'}",
    )
    named = ("{kind: google_news, name: News}", "{kind: bing_news, name: News}", "{kind: google_news, id: c}")
    assert [source.title for source in config(with_sources(*alike, *named)).sources] == [
        "feed (a.example, a)",
        "feed (a.example, b)",
        "News (google_news)",
        "News (bing_news)",
        "Google News",
    ]


def test_an_umbrella_stands_for_one_source_a_finder() -> None:
    found = config(with_sources("{kind: people, finders: [wikidata, orcid], every: 2d}"))
    assert [source.id for source in found.sources] == ["people-wikidata", "people-orcid"]
    assert [source.kind for source in found.sources] == ["wikidata", "orcid"]
    assert {source.entry for source in found.sources} == {"people"}


def test_an_umbrella_without_finders_means_all_of_them() -> None:
    assert len(config(with_sources("{kind: people}")).sources) == 3


def test_a_disabled_source_is_kept_apart() -> None:
    found = config(with_sources("{kind: google_news, enabled: no}", "{kind: bing_news}"))
    assert [source.id for source in found.sources] == ["bing_news"]
    assert [source.id for source in found.disabled] == ["google_news"]


def test_private_networks_may_be_given_by_name_for_all_sources() -> None:
    text = with_sources("{kind: feed, url: 'http://[::1]:9/'}") + "fetch: {allow_private: [loopback]}\n"
    assert config(text).sources[0].allow_private == (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def test_a_subject_is_turned_into_the_noun_of_the_model() -> None:
    text = with_subject(
        "relation: consenting",
        "aliases: [A. Exemple]",
        "context: {places: [Lyon], topics: []}",
        "not_me: {topics: [patinage]}",
        "profiles: [{url: 'https://social.example/ada', persona: private, reviewed: 2026-10-01}]",
    )
    subject = config(text).subjects[0]
    assert (subject.given, subject.family) == ("Ada", "Exemple")
    assert subject.names == ("Ada Exemple", "A. Exemple")
    assert subject.context == Context(places=("Lyon",))
    assert subject.not_me.terms == (("topic", "patinage"),)
    assert subject.profiles == (OwnProfile("https://social.example/ada", "private", "2026-10-01"),)


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("Ada Exemple", "Ada", "Exemple"),
        ("Jean-Noël de la Fiction", "Jean-Noël", "de la Fiction"),
        ("Mireille Anne Imaginaire", "Mireille Anne", "Imaginaire"),
        ("Tom van der Beispiel", "Tom", "van der Beispiel"),
        ("Du Fictif", "Du", "Fictif"),
        ("Imaginaire", "", "Imaginaire"),
    ],
)
def test_given_and_family_names_are_told_apart(name: str, given: str, family: str) -> None:
    subject = config(SMALL.replace("Ada Exemple", name)).subjects[0]
    assert (subject.given, subject.family) == (given, family)


def test_a_written_family_name_wins_and_leaves_the_rest_as_given() -> None:
    subject = config(with_subject("relation: self", "family: Ada Exemple")).subjects[0]
    assert (subject.given, subject.family) == ("", "Ada Exemple")


def test_an_organisation_has_neither_given_nor_family_name() -> None:
    subject = config(with_subject("relation: own_organisation")).subjects[0]
    assert (subject.given, subject.family) == ("", "")


def test_a_report_says_to_whom_when_and_what_cannot_wait() -> None:
    line = "{channel: mail, to: [a@example.org, b@example.org, a@example.org], every: mon 08:30, "
    text = SMALL.replace("{channel: mail, to: ada@example.org, ", line).replace(
        "every: day at 07:00", "instant: {priority: high}, language: fr"
    )
    report = config(text).reports[0]
    assert report.id == "mail"
    assert report.recipients == ("a@example.org", "b@example.org")
    assert report.instant is Priority.HIGH
    assert report.language == "fr"


def test_progress_is_told_at_a_loopback_port_by_default() -> None:
    found = config(SMALL).health
    assert found is not None
    assert (found.host, found.port) == ("127.0.0.1", 9477)


@pytest.mark.parametrize("written", ["null", "{enabled: false}"])
def test_progress_need_not_be_told(written: str) -> None:
    assert config(f"health: {written}\n{SMALL}").health is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "'::1'"])
def test_progress_may_be_told_to_this_machine(host: str) -> None:
    assert config(f"health: {{host: {host}}}\n{SMALL}").health


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "'::'", "example.org"])
def test_progress_is_told_to_no_other_machine(host: str) -> None:
    (problem,) = problems(f"health: {{host: {host}}}\n{SMALL}")
    assert "health.host: only this machine may ask: expected 127.0.0.1 or ::1" in problem


def test_the_default_database_lies_in_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/invented/data")
    assert config(SMALL).database == "sqlite:////invented/data/repwatch/repwatch.db"


@pytest.mark.parametrize(
    ("written", "path"),
    [("sqlite:///var/r.db", "/invented/var/r.db"), ("sqlite:////srv/r.db", "/srv/r.db")],
)
def test_a_relative_database_starts_at_the_folder_of_the_file(written: str, path: str) -> None:
    assert config(SMALL + f"database: {written}\n").database_path == Path(path)


def test_the_secrets_that_a_start_needs_are_listed() -> None:
    text = with_sources("{kind: google_news, key: env:NEWS_KEY}")
    assert config(text).secrets == (Secret("env:NEWS_KEY"), Secret("env:SMTP_PASSWORD"))


def test_the_own_catalog_is_known_before_the_kinds_are(tmp_path: Path) -> None:
    path = tmp_path / "repwatch.yaml"
    path.write_text(SMALL + "catalog: mine\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"repwatch.yaml:12:10: catalog: there is no folder .*/mine"):
        catalog(path)
    (tmp_path / "mine").mkdir()
    assert catalog(path) == tmp_path / "mine"


def test_a_file_that_others_may_write_is_warned_about(tmp_path: Path) -> None:
    path = tmp_path / "repwatch.yaml"
    path.write_text(SMALL, encoding="utf-8")
    path.chmod(0o600)
    assert load(path, KINDS).warnings == ()
    path.chmod(0o622)
    assert "chmod 600" in load(path, KINDS).warnings[0]


def test_a_file_that_checks_or_sends_nothing_is_warned_about() -> None:
    text = SMALL.split("sources:", maxsplit=1)[0]
    assert len(config(text + "sources:\n").warnings) == 2


# --- a bad file ---------------------------------------------------------------------------------


def test_an_unknown_key_is_shown_at_its_place_with_a_caret_and_the_nearest_key() -> None:
    found = problems(with_sources("{kind: feed, url: 'https://a.example/', evry: 1h}"))
    assert found[0].splitlines() == [
        "bad.yml:7:45: sources[0].evry: unknown key 'evry' (did you mean 'every'?)",
        "    - {kind: feed, url: 'https://a.example/', evry: 1h}",
        "                                              ^",
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("contact: ada@example.org", "language: en", "'contact' is missing (your e-mail or web address"),
        ("    name: Ada Exemple\n", "", "bad.yml:3:5: subjects[0]: 'name' is missing"),
        ("    relation: self\n", "", "'relation' is missing (why you may watch this subject: self, "),
        ("relation: self", "relation: enemy", "expected one of 'self', 'consenting' or 'own_organisation'"),
        ("relation: self", "relation: selv", "(did you mean 'self'?)"),
        ("name: Ada Exemple", "name: [Ada]", "subjects[0].name: expected a text"),
        ("relation: self", "relation: self\n    famly: X", "unknown key 'famly' (did you mean 'family'?)"),
        ("id: ada", "id: Ada Exemple", "subjects[0].id: this text does not have the expected form"),
        ("id: ada", "id: Ada Exemple", "): Short name: small letters"),
        ("relation: self", "relation: self\n    aliases: Ada", "expected a list, as in [one, two]"),
        ("relation: self", "relation: self\n    context: [x]", "expected keys with values"),
        ("relation: self", "relation: self\n    context: {plaecs: [x]}", "did you mean 'places'?"),
        ("contact: ada@example.org", "contact: ada", "expected an e-mail address or a web address"),
        ("every: day at 07:00", "every: day at 7", "this is no rhythm: 'day at 7'; write it like 15m"),
        ("to: ada@example.org", "to: ada@exämple.org", "ASCII"),
        ("to: ada@example.org", "to: 'a@example.org, b@example.org'", "as a list"),
        ("channel: mail, ", "channel: mial, ", "no channel 'mial' in `channels` (did you mean 'mail'?)"),
        ("kind: email", "kind: emial", "unknown kind 'emial' (did you mean 'email'?); known: email"),
        ("kind: email, ", "", "channels.mail: 'kind' is missing; known: email"),
        ("host: smtp.example.org, ", "", "channels.mail: 'host' is missing (Mail server)"),
        ("from: repwatch@example.org, ", "", "channels.mail: 'from' is missing"),
        ("host: smtp.example.org", "host: smtp.example.org, port: no", "expected a whole number"),
        ("host: smtp.example.org", "host: smtp.example.org, port: 70000", "expected 65535 or less"),
        ("kind: feed, ", "kind: fead, ", "sources[0].kind: unknown kind 'fead' (did you mean 'feed'?)"),
        ("kind: feed, ", "", "sources[0]: 'kind' is missing; known: bing_news"),
        ("kind: feed, ", "kind: feed, subject: adda, ", "unknown subject 'adda' (did you mean 'ada'?)"),
        ("kind: feed, ", "kind: feed, enabled: maybe, ", "expected true or false"),
        ("kind: feed, ", "kind: feed, allow_private: [everything], ", "is not a network"),
        ("https://blog.example.org/feed", "http://10.0.0.7/feed", "10.0.0.7 is a private address"),
        ("https://blog.example.org/feed", "http://localhost/", "allow_private: [127.0.0.1/32]"),
        ("https://blog.example.org/feed", "file:///etc/hostname", "only http:// and https://"),
        ("https://blog.example.org/feed", "https://[]/", "this is not an address"),
        ("https://blog.example.org/feed", "https://a.example:port/", "this is not an address"),
        ("kind: feed, ", "kind: feed, proxy: 'http://10.1.1.1:8080', ", "sources[0].proxy: 10.1.1.1 is"),
        ("https://blog.example.org/feed", "https://a:b@example.org/", "user name or password"),
    ],
)
def test_each_mistake_is_told_in_plain_words(old: str, new: str, words: str) -> None:
    assert old in SMALL
    found = problems(SMALL.replace(old, new, 1))
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("timezone: Europe/Pari", "unknown time zone 'Europe/Pari' (did you mean 'Europe/Paris'?)"),
        ("language: de", "expected one of 'en' or 'fr'"),
        ("database: postgresql+psycopg://db/x", "PostgreSQL is not yet supported"),
        ("database: repwatch.db", "expected sqlite:///path/to/repwatch.db"),
        ("fetch: {total: soon}", "expected seconds or a duration"),
        ("fetch: {proxy: proxy.example}", "fetch.proxy: only http:// and https:// addresses"),
        ("fetch: {total: 0}", "expected a number above 0"),
    ],
)
def test_each_mistake_at_the_top_is_told_in_plain_words(line: str, words: str) -> None:
    found = problems(f"{SMALL}{line}\n")
    assert len(found) == 1
    assert words in found[0]


def test_everything_is_told_at_once_in_the_order_of_the_lines() -> None:
    text = with_sources("{kind: feed}", "{kind: searxng, url: 'https://s.example/', pages: 11}")
    found = problems(text.replace("relation: self", "relation: enemy") + "colour: blue\n")
    assert [int(problem.split(":")[1]) for problem in found] == [5, 7, 8, 13]


def test_two_sources_with_one_id_are_refused_naming_the_other_line() -> None:
    found = problems(with_sources("{kind: google_news}", "{kind: google_news, every: 1d}"))
    assert "bad.yml:8:5: sources[1]: line 7 has a source 'google_news' too: give one an `id:`" in found[0]


def test_an_id_of_its_own_lets_a_kind_come_twice() -> None:
    found = config(with_sources("{kind: google_news}", "{kind: google_news, id: more-news}"))
    assert [source.id for source in found.sources] == ["google_news", "more-news"]


def test_two_subjects_with_one_id_are_refused_naming_the_other_line() -> None:
    text = SMALL.replace("sources:\n", "  - {id: ada, name: Ada Deux, relation: self}\nsources:\n", 1)
    assert "line 3 uses the id 'ada' too" in problems(text)[0]


def test_two_reports_on_one_channel_need_an_id() -> None:
    text = SMALL + "  - {channel: mail, to: b@example.org, every: 1d}\n"
    assert "line 11 uses the id 'mail' too" in problems(text)[0]


@pytest.mark.parametrize("finders", ["wikidata", "[]", "[wikidatum]"])
def test_bad_finders_are_told_with_the_known_ones(finders: str) -> None:
    found = problems(with_sources(f"{{kind: people, finders: {finders}}}"))
    assert "wikidata, orcid, github" in found[0]


def test_a_mistake_in_an_umbrella_is_told_once() -> None:
    assert len(problems(with_sources("{kind: people, colour: blue}"))) == 1


def test_a_literal_secret_is_refused_and_never_repeated() -> None:
    found = problems(SMALL.replace("env:SMTP_PASSWORD", "hunter2"))
    assert "write env:NAME" in found[0]
    assert "hunter2" not in "".join(found)


def test_a_broken_fetch_part_does_not_stop_the_other_problems() -> None:
    found = problems(with_sources("{kind: feed}") + "fetch: {colour: blue}\n")
    assert len(found) == 2


def test_a_source_that_is_no_mapping_is_refused() -> None:
    assert "sources[0]: expected keys with values" in problems(with_sources("google_news"))[0]


def test_ten_thousand_sources_load_in_seconds() -> None:
    entries = (f"{{kind: feed, url: 'https://s.example/{number}', id: f{number}}}" for number in range(9_999))
    assert len(config(with_sources(*entries)).sources) == 9_999


def test_a_third_partys_kind_is_checked_like_ours() -> None:
    kinds = Kinds({"town_hall": SourceKind(KINDS.sources["feed"].options)}, KINDS.channels)
    text = with_sources("{kind: town_hall, url: 'https://hall.example/'}")
    assert check(text, Path("x.yml"), kinds).sources[0].kind == "town_hall"


def test_checking_a_configuration_imports_nothing_heavy() -> None:
    code = "import sys, repwatch.config.edit, repwatch.config.export, repwatch.config.starter\n"
    code += "print(*{'httpx', 'sqlalchemy', 'feedparser', 'jinja2', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""
