from django.dispatch import Signal

# A person has just typed the code we mailed, and is signed in. Arguments: request, user.
# It is sent before the next page is chosen, so a receiver may set request.session["next_after_code"].
mailbox_proven = Signal()
