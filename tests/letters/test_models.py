import pytest
from django.core import signing
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from advice.letters.models import ALPHABET, SALT, Letter, LetterVersion, ReceivedTextIsFixed, new_case_number
from tests.factories import make_letter

pytestmark = pytest.mark.django_db


def test_a_case_number_is_three_times_four_characters_that_cannot_be_misread():
    numbers = {new_case_number() for _ in range(200)}
    assert len(numbers) == 200
    for number in numbers:
        parts = number.split("-")
        assert [len(part) for part in parts] == [4, 4, 4]
        assert set("".join(parts)) <= set(ALPHABET)
    assert not set("ILOU") & set(ALPHABET)


def test_a_secret_opens_its_letter_and_no_other():
    first, second = make_letter(), make_letter()
    assert Letter.objects.by_secret(first.secret) == first
    assert Letter.objects.by_secret(second.secret) == second


@pytest.mark.parametrize("wrong", ["", "x", ":", "::", "a:b:c", "\x00", "ü:ü", "1:2", "W10:1:x", "x" * 5_000])
def test_any_other_text_opens_nothing(wrong):
    make_letter()
    with pytest.raises(Letter.DoesNotExist):
        Letter.objects.by_secret(wrong)


def test_a_changed_secret_opens_nothing():
    secret = make_letter().secret
    for position in range(len(secret)):
        changed = secret[:position] + ("A" if secret[position] != "A" else "B") + secret[position + 1 :]
        with pytest.raises(Letter.DoesNotExist):
            Letter.objects.by_secret(changed)


def test_a_secret_made_of_other_things_opens_nothing():
    letter = make_letter()
    for content in (
        [letter.pk],
        [letter.pk, "x"],
        {"pk": letter.pk},
        "text",
        None,
        [letter.pk, None],
        [[1], [2]],
    ):
        with pytest.raises(Letter.DoesNotExist):
            Letter.objects.by_secret(signing.dumps(content, salt=SALT))
    with pytest.raises(Letter.DoesNotExist):
        Letter.objects.by_secret(signing.dumps([letter.pk, letter.nonce], salt="another"))


def test_a_new_nonce_kills_old_links():
    letter = make_letter()
    old = letter.secret
    letter.nonce = "another"
    letter.save()
    with pytest.raises(Letter.DoesNotExist):
        Letter.objects.by_secret(old)
    assert Letter.objects.by_secret(letter.secret) == letter


def test_a_secret_needs_the_sites_key(settings):
    secret = make_letter().secret
    settings.SECRET_KEY = "another key than before, and just as long as the first one"
    with pytest.raises(Letter.DoesNotExist):
        Letter.objects.by_secret(secret)


def test_received_words_cannot_be_saved_again():
    version = make_letter(text="These are my very own words.").versions.get()
    version.text = "These are not."
    with pytest.raises(ReceivedTextIsFixed):
        version.save()
    with pytest.raises(ReceivedTextIsFixed):
        version.save(update_fields=["text"])
    assert LetterVersion.objects.get().text == "These are my very own words."


def test_received_words_cannot_be_updated_by_a_query():
    version = make_letter(text="These are my very own words.").versions.get()
    with pytest.raises(ReceivedTextIsFixed):
        LetterVersion.objects.update(text="Others.")
    with pytest.raises(ReceivedTextIsFixed):
        LetterVersion.objects.filter(pk=version.pk).update(number=F("number") + 1)
    with pytest.raises(ReceivedTextIsFixed):
        LetterVersion.objects.bulk_update([version], ["text"])
    with pytest.raises(ReceivedTextIsFixed):
        version.letter.versions.update(text="Others.")


@pytest.mark.parametrize("column", ["text", "question", "received_at", "number"])
def test_the_database_itself_refuses_to_change_received_words(column):
    version = make_letter(text="These are my very own words.").versions.get()
    with (
        pytest.raises(DatabaseError, match="never edited"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE letters_letterversion SET {column} = {column}")
    with (
        pytest.raises(DatabaseError, match="never edited"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE letters_letterversion SET text = 'Others.' WHERE id = %s", [version.pk])
    assert LetterVersion.objects.get().text == "These are my very own words."


def test_a_letter_whose_words_were_erased_is_empty_and_raises_nothing():
    letter = make_letter()
    assert letter.current.pk
    LetterVersion.objects.all().delete()
    assert (letter.current.pk, letter.current.number, letter.current.question) == (None, 0, "")


def test_received_words_can_be_deleted():
    make_letter().delete()
    assert not LetterVersion.objects.exists()


def test_the_address_stands_encrypted_in_the_table():
    letter = make_letter(email="canary@example.org")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM letters_letter")
        stored = str(cursor.fetchall())
    assert "canary" not in stored
    assert Letter.objects.get().email == "canary@example.org"
    assert len(letter.email_digest) == 64
