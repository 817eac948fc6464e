"""On a narrow screen a table is a list and its headings are out of sight: each value says itself what it is."""

import re

import pytest

from advice.articles import workflow
from advice.letters import nearby
from tests.factories import make_draft, make_expert, make_published, make_user
from tests.test_valid import assert_valid

pytestmark = pytest.mark.django_db
SPEAKS_FOR_ITSELF = {"E-mail"}


def rows_of(page):
    """Of each row of the one table, its cells by the heading that they stand under, without the first."""
    heads = re.findall(r'<th scope="col">([^<]+)</th>', page)
    bodies = re.findall(r"<tr.*?</tr>", page.partition("<tbody>")[2].partition("</tbody>")[0], re.DOTALL)
    rows = [re.findall(r"<td>(.*?)</td>", body, re.DOTALL) for body in bodies]
    return [dict(zip(heads[1:], row, strict=True)) for row in rows]


def assert_each_value_says_what_it_is(page):
    rows = rows_of(assert_valid(page))
    assert rows
    for row in rows:
        for head, cell in row.items():
            label = f'<span class="if-narrow">{head}:</span> '
            assert cell.startswith(label) or head in SPEAKS_FOR_ITSELF


@pytest.mark.parametrize("path", ["load/", "people/", "letters/saved/"])
def test_on_a_narrow_screen_the_values_of_the_desks_lists_say_what_they_are(at_desk, path):
    nearby.count_saved(make_published(), token="a")
    assert_each_value_says_what_it_is(at_desk.get(f"/desk/{path}"))


def test_on_a_narrow_screen_the_values_of_an_experts_own_list_say_what_they_are(client):
    expert = make_expert(make_user("expert"))
    workflow.assign(make_draft(), expert=expert, by=None)
    client.force_login(expert.user)
    assert_each_value_says_what_it_is(client.get("/desk/"))
