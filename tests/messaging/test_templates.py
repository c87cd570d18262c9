"""Templates over HTTP, and what rendering refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.messaging.errors import LinkUnsafe, TemplateInvalid, VariablesMissing
from huike.messaging.models import TemplateVersion
from huike.messaging.rendering import compile_content, faults_of, fill, fill_leniently
from huike.messaging.starters import STARTERS
from huike.staff.rules import Role
from tests.messaging import world
from tests.people import code_of, signed_in

EVERYTHING: dict[str, Any] = {
    "customer": {"name": "Ann Lee", "first_name": "Ann", "city": "Hangzhou"},
    "coupon": {"code": "A&B<1>", "expires_on": "2026-12-31"},
    "offer": {"name": "Ten off"},
    "brand": {"name": "Tea & Co"},
    "unsubscribe_url": "https://huike.example/u/1",
}


def content(**parts: str) -> dict[str, str]:
    return {"subject": "Hi", "body": "Hello", **parts}


@pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter["key"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_starter_can_be_sent_as_it_is(starter: dict[str, Any], language: str) -> None:
    compiled = compile_content(starter["contents"][language], layout=starter["layout"], language=language)

    mail = fill(compiled, EVERYTHING)

    assert "{{" not in mail.subject + mail.html + mail.text
    assert "{%" not in mail.html + mail.text
    assert "huike-part" not in mail.html
    assert EVERYTHING["unsubscribe_url"] in mail.html
    assert EVERYTHING["unsubscribe_url"] in mail.text


@pytest.mark.parametrize("layout", ["plain", "festive", "warm", "night"])
def test_values_are_escaped_in_html_and_plain_in_text(layout: str) -> None:
    words = content(
        body="Code {{ coupon.code }} & <b>more</b>", heading="{{ brand.name }}", preheader="{{ coupon.code }}"
    )

    mail = fill(compile_content(words, layout=layout, language="en"), EVERYTHING)

    assert "Code A&amp;B&lt;1&gt; &amp; &lt;b&gt;more&lt;/b&gt;" in mail.html
    assert "Code A&B<1> & <b>more</b>" in mail.text


@given(value=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_no_value_becomes_markup_or_a_second_header(value: str) -> None:
    compiled = compile_content(
        content(subject="To {{ customer.name }}", body="Dear {{ customer.name }}!"), layout="plain", language="en"
    )
    plain = fill(compiled, {**EVERYTHING, "customer": {"name": "X"}})

    mail = fill(compiled, {**EVERYTHING, "customer": {"name": value}})

    assert "\n" not in mail.subject
    assert "\r" not in mail.subject
    assert mail.html.count("<") == plain.html.count("<")
    assert mail.html.count('"') == plain.html.count('"')


def test_all_missing_variables_are_named_at_once() -> None:
    words = content(body="{{ customer.city }} {{ coupon.code }} {{ customer.first_name | default: 'you' }}")
    compiled = compile_content(words, layout="plain", language="en")

    with pytest.raises(VariablesMissing) as refused:
        fill(compiled, {"unsubscribe_url": "https://u.example"})

    assert sorted(refused.value.params["missing"]) == ["brand.name", "coupon.code", "customer.city"]
    assert fill_leniently(compiled, {})[1]


def test_a_condition_on_what_is_missing_is_no_mistake() -> None:
    words = content(body="{% if customer.city %}In {{ customer.city }}{% else %}Somewhere{% endif %}")

    mail = fill(compile_content(words, layout="plain", language="en"), {**EVERYTHING, "customer": {}})

    assert "Somewhere" in mail.text


@pytest.mark.parametrize(
    ("parts", "where", "code"),
    [
        ({"subject": ""}, "subject", "template.part_empty"),
        ({"body": "{{ customer.name"}, "body", "template.syntax"),
        ({"body": "{% include 'x' %}"}, "body", "template.syntax"),
        ({"body": "{{ customer.name | safe }}"}, "body", "template.filter_unknown"),
        ({"body": "{{ customer.phone }}"}, "body", "template.variable_unknown"),
        ({"body": "{{ huike_links }}"}, "body", "template.variable_unknown"),
        ({"subject": "{{ settings.SECRET_KEY }}"}, "subject", "template.variable_unknown"),
        ({"button_label": "Go"}, "button_url", "template.button_incomplete"),
        ({"button_label": "Go", "button_url": "javascript:alert(1)"}, "button_url", "template.link_unsafe"),
        ({"body": "[x](data:text/html,hi)"}, "button_url", "template.link_unsafe"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(parts: dict[str, str], where: str, code: str) -> None:
    assert (where, code) in [(fault.where, fault.code) for fault in faults_of(content(**parts), where="")]


def test_a_link_that_turns_unsafe_for_a_person_is_not_sent() -> None:
    compiled = compile_content(
        content(button_label="Go", button_url="{{ customer.city }}"), layout="plain", language="en"
    )

    with pytest.raises(LinkUnsafe):
        fill(compiled, {**EVERYTHING, "customer": {"city": "javascript:alert(1)"}})


def test_a_template_that_would_run_for_ever_is_stopped() -> None:
    endless = "{% for a in (1..1000) %}{% for b in (1..1000) %}x{% endfor %}{% endfor %}"

    with pytest.raises(TemplateInvalid):
        fill(compile_content(content(body=endless), layout="plain", language="en"), EVERYTHING)


@pytest.mark.django_db
def test_a_template_is_written_changed_and_taken_off_the_list_and_its_versions_stay() -> None:
    marketer = signed_in(Role.MARKETING)
    made = marketer.post("/templates", {"name": "Hello", "contents": {"en": content()}})
    assert made.status_code == 201, made.content
    template_id = made.json()["id"]

    changed = marketer.patch(f"/templates/{template_id}", {"contents": {"en": content(body="Bye")}})
    same = marketer.patch(f"/templates/{template_id}", {"name": "Other"})

    assert (changed.json()["version"], same.json()["version"]) == (2, 2)
    assert same.json()["contents"]["en"]["body"] == "Bye"
    assert [row["name"] for row in marketer.get("/templates?q=oth").json()["items"]] == ["Other"]
    assert marketer.delete(f"/templates/{template_id}").status_code == 204
    assert marketer.get(f"/templates/{template_id}").status_code == 404
    assert marketer.get("/templates").json()["items"] == []
    assert TemplateVersion.objects.filter(template_id=template_id).count() == 2


@pytest.mark.django_db
def test_a_faulty_template_is_refused_with_every_fault_and_nothing_is_kept() -> None:
    refused = signed_in(Role.MARKETING).post(
        "/templates",
        {"name": "Bad", "contents": {"en": content(subject=""), "zh-CN": content(body="{{ nobody.knows }}")}},
    )

    assert (refused.status_code, code_of(refused)) == (422, "template.invalid")
    assert {(fault["where"], fault["code"]) for fault in refused.json()["errors"]} == {
        ("contents.en.subject", "template.part_empty"),
        ("contents.zh-CN.body", "template.variable_unknown"),
    }
    assert not TemplateVersion.objects.exists()


@pytest.mark.django_db
def test_a_preview_shows_a_real_person_her_mail_and_what_is_missing() -> None:
    ann = world.customer("Ann Lee", language="en")

    shown = signed_in(Role.MARKETING).post("/templates/preview", {"contents": world.WORDS, "customer_id": ann.pk})

    assert shown.status_code == 200, shown.content
    body = shown.json()
    assert (body["language"], body["subject"], body["missing"]) == ("en", "Hello Ann", ["coupon.code"])
    assert "https://shop.example/" in body["html"]
    assert "/t/o/" not in body["html"]
