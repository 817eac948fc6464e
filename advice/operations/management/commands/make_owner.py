from advice.accounts import workflow
from advice.accounts.models import User
from advice.operations.accounts import AccountCommand


class Command(AccountCommand):
    help = "Make somebody who signs in already an owner, when no owner is there to do it at the desk."

    def act(self, user: User) -> str:
        workflow.make_owner(user)
        return f"{user.name} is an owner. Who no longer is one they change at /desk/people/."
