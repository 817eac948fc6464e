from django.db import transaction

from advice.accounts import workflow
from advice.accounts.models import User
from advice.desk.people import mail_reset
from advice.operations.accounts import AccountCommand


class Command(AccountCommand):
    help = "Remove app, passkeys and recovery codes of somebody who lost them, when nobody at the desk can."

    def act(self, user: User) -> str:
        with transaction.atomic():
            mail_reset(workflow.reset_second_factor(user, by=None), by=None)
        return (
            f"{user.name} is signed out everywhere, signs in with a password alone, and adds a second factor anew."
            f" They are told by mail to {user.email}."
        )
