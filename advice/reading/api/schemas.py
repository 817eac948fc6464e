"""What the API answers with. Each description and example here is printed in the OpenAPI document and on its page.

Plain pydantic and not ninja's Schema: that one looks at every value twice, and nothing here is read off a model.
"""

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, Field

_CURSOR = "Send it back as `cursor` to go on behind the last of these. Null: these were the last."
_SLUG = "Last part of the address; may change, and the former one then redirects."

Address = Annotated[str, Field(json_schema_extra={"format": "uri"})]
Next = Annotated[str | None, Field(description=_CURSOR, examples=["e320adf37ff80000000000000002a"])]


class Problem(BaseModel):
    """What every error answers with."""

    detail: str = Field(
        description="What was wrong, for a person to read.", examples=["There is no such article."]
    )


class Text(BaseModel):
    """One text in two forms."""

    html: str = Field(
        description="As it is printed: safe HTML, every address in it whole.",
        examples=["<p>My <em>left</em> calf twitches.</p>"],
    )
    markdown: str = Field(description="As it was written.", examples=["My *left* calf twitches."])


class TagName(BaseModel):
    """A topic that an article is filed under."""

    slug: str = Field(description=_SLUG, examples=["calf-cramps"])
    name: str = Field(description="As it is printed.", examples=["Calf cramps"])
    url: Address = Field(
        description="The topic’s page.", examples=["https://advice.example/tags/calf-cramps/"]
    )


class ColumnName(BaseModel):
    """The column in which an article stands."""

    slug: str = Field(description=_SLUG, examples=["the-sports-doc"])
    name: str = Field(description="As it is printed.", examples=["The Sports Doc"])
    url: Address = Field(
        description="The column’s page.", examples=["https://advice.example/columns/the-sports-doc/"]
    )


class ExpertName(BaseModel):
    """Who answered, or reviewed."""

    slug: str = Field(description=_SLUG, examples=["ines-marlow"])
    name: str = Field(description="Without credentials.", examples=["Ines Marlow"])
    byline: str = Field(description="As it is printed.", examples=["Ines Marlow, MD"])
    title: str = Field(description="What they do; may be empty.", examples=["Sports physician"])
    url: Address = Field(
        description="The expert’s page.", examples=["https://advice.example/experts/ines-marlow/"]
    )


class Article(BaseModel):
    """A published piece as it stands in lists: one question and its answers, without their texts."""

    slug: str = Field(description=_SLUG, examples=["why-does-my-calf-twitch"])
    headline: str = Field(description="Plain text.", examples=["Why does my calf twitch?"])
    dek: str = Field(
        description="The sentence under the headline; plain text, may be empty.",
        examples=["It is rarely what the search results say it is."],
    )
    url: Address = Field(
        description="The article’s page.",
        examples=["https://advice.example/questions/why-does-my-calf-twitch/"],
    )
    published_at: dt.datetime | None = Field(
        description="When it was published. Null where its true date is not known.",
        examples=["2026-03-09T07:00:00Z"],
    )
    updated_at: dt.datetime | None = Field(
        description="The last change of substance. Null: there was none.", examples=[None]
    )
    tags: list[TagName] = Field(description="Its topics, by name.")
    column: ColumnName | None = Field(description="The column in which it stands.")
    experts: list[ExpertName] = Field(description="Who answered, in the order of the answers.")


class FoundArticle(Article):
    """An article that a search found."""

    snippet_html: str = Field(
        description="The part of the text with the words, each within `<mark>`; all else is escaped.",
        examples=["… my <mark>calf</mark> twitches for hours after a run …"],
    )


class Answer(BaseModel):
    """One expert’s reply."""

    html: str = Field(
        description="As it is printed: safe HTML, every address in it whole.",
        examples=["<p>Dear Adam,</p><p>It passes.</p>"],
    )
    markdown: str = Field(description="As it was written.", examples=["Dear Adam,\n\nIt passes."])
    expert: ExpertName | None = Field(
        description="Who wrote it. Null where the article was taken from elsewhere."
    )


class Source(BaseModel):
    """One line of what the answers rest on."""

    title: str = Field(
        description="Of the paper, the book or the page.", examples=["Benign fasciculations: a review"]
    )
    publisher: str = Field(description="May be empty.", examples=["European Journal of Sports Medicine"])
    year: int | None = Field(description="Null where it is not known.", examples=[2024])
    url: Address | None = Field(
        description="Null where there is no link.", examples=["https://journal.example/1234"]
    )


class Update(BaseModel):
    """What somebody who had asked told of since the answer."""

    html: str = Field(description="The text, edited.", examples=["<p>It passed in a week.</p>"])
    signature: str = Field(description="The pseudonym printed under it; may be empty.", examples=["Adam"])
    made_at: dt.datetime = Field(description="When it was printed.", examples=["2026-05-14T09:30:00Z"])


class Correction(BaseModel):
    """A dated public note that something was made clear or put right."""

    kind: str = Field(
        description="`clarification` (nothing was wrong) or `correction`.",
        examples=["correction"],
        json_schema_extra={"enum": ["clarification", "correction"]},
    )
    html: str = Field(
        description="What was changed, and why.", examples=["<p>The dose was wrong by a factor of ten.</p>"]
    )
    made_at: dt.datetime = Field(description="When it was made.", examples=["2026-04-02T09:30:00Z"])


class Retraction(BaseModel):
    """Why an article was withdrawn."""

    reason_html: str = Field(
        description="The reason, as it is printed.", examples=["<p>The study was withdrawn.</p>"]
    )
    made_at: dt.datetime = Field(description="When it was withdrawn.", examples=["2026-05-20T12:00:00Z"])


class TakenFrom(BaseModel):
    """Where an article first stood."""

    name: str = Field(description="The publication.", examples=["The Evening Post"])
    url: Address | None = Field(
        description="The piece there, if it is on the web.", examples=["https://evening-post.example/calf"]
    )


class ArticleInFull(Article):
    """An article with its texts. A retracted one keeps its headline, tells why in `retraction`, and has no texts."""

    question: Text | None = Field(description="The reader’s letter, edited. Null where it was retracted.")
    signature: str = Field(
        description="The pseudonym printed under the letter; may be empty.", examples=["Adam"]
    )
    asked_by: int | None = Field(
        description="How many readers’ letters it answers. Null where it was retracted.", examples=[1]
    )
    answers: list[Answer] = Field(description="The replies in their printed order.")
    sources: list[Source] = Field(description="What the answers rest on.")
    taken_from: TakenFrom | None = Field(
        description="Where it first stood. Null where that is here.", examples=[None]
    )
    reviewer: ExpertName | None = Field(
        description="Who, other than its authors, has read it. Null where nobody did."
    )
    reviewed_on: dt.date | None = Field(description="The day of the review.", examples=["2026-03-01"])
    corrections: list[Correction] = Field(description="Notes on what was changed, newest first.")
    updates: list[Update] = Field(
        description="What those who had asked told of since, in the order in which it came."
    )
    retraction: Retraction | None = Field(
        description="Why it was withdrawn. Null where it was not: the article stands.", examples=[None]
    )
    disclaimer: Text | None = Field(
        description="What the column says under each answer; print it with them. Null where it says nothing."
    )
    minutes: int | None = Field(
        description="How long it takes to read. Null where it was retracted.", examples=[3]
    )
    markdown_url: Address = Field(
        description="The whole article as one Markdown file.",
        examples=["https://advice.example/questions/why-does-my-calf-twitch.md"],
    )


class Tag(TagName):
    """A topic with at least one published article."""

    description: str = Field(
        description="Plain text; may be empty.", examples=["Sudden tight muscles, and what helps."]
    )
    aliases: list[str] = Field(
        description="Other slugs that lead to this topic, here and on the site.", examples=[["charley-horse"]]
    )


class Column(ColumnName):
    """A named series with its experts and its disclaimer."""

    description: str = Field(
        description="Plain text; may be empty.", examples=["Injuries, aches and the long way back."]
    )
    medical: bool = Field(description="Whether its answers are about health.", examples=[True])
    disclaimer: Text | None = Field(description="What it says under each answer. Null where it says nothing.")
    experts: list[ExpertName] = Field(description="Who answers in it, by name.")


class Expert(ExpertName):
    """Somebody with at least one published answer."""

    credentials: str = Field(description="Printed after the name; may be empty.", examples=["MD"])
    bio: Text | None = Field(description="About them. Null where nothing is written.")
    interests: str = Field(
        description="Interests they declared; plain text, may be empty.",
        examples=["Advises a maker of shoes."],
    )
    checked_on: dt.date | None = Field(
        description="When the credentials were checked. Null where they were not.", examples=["2026-01-15"]
    )
    checked_where: str = Field(
        description="Where they were checked; may be empty.", examples=["The medical register"]
    )
    portrait: Address | None = Field(
        description="A picture of them. Null where there is none.",
        examples=["https://advice.example/media/portraits/ines.webp"],
    )


class Articles(BaseModel):
    """Articles, newest first."""

    items: list[Article] = Field(description="The articles.")
    next: Next


class FoundArticles(BaseModel):
    """What a search found, best first."""

    items: list[FoundArticle] = Field(description="The articles.")
    next: Next


class Tags(BaseModel):
    """Topics, in the order of their slugs."""

    items: list[Tag] = Field(description="The topics.")
    next: Next


class Columns(BaseModel):
    """Columns, in the order in which the site names them."""

    items: list[Column] = Field(description="The columns.")
    next: Next


class Experts(BaseModel):
    """Experts, in the order of their slugs."""

    items: list[Expert] = Field(description="The experts.")
    next: Next
